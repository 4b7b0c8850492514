import { AddressSpace, LocationCursor, RuleCache, Step } from '../../../engine/index.ts';
import type { Contender } from '../bench-stack.ts';
import { openModule } from './modules.ts';

/** Its loop is not that of `cursorSession`: one loop for cursors of two kinds would be another, slower piece of code. */
export const locations: Contender = {
  name: 'locations',
  description: 'with the rule cache, noting where registers are saved; values loaded on demand',
  finds: 'registers',
  open({ architecture, modules, memory, registers }) {
    const opened = modules.map((module) => openModule(module, 'header'));
    const cursor = new LocationCursor(new AddressSpace(architecture, opened), { cache: new RuleCache(architecture) });
    return {
      walk() {
        // What is imported would be loaded through the module at each turn.
        const { caller } = Step;
        cursor.start(memory, registers);
        let count = 0;
        while (cursor.step() === caller) count++;
        return count;
      },
      record(frames) {
        cursor.start(memory, registers);
        while (cursor.step() === Step.caller) {
          cursor.copyTo(frames.values, frames.known, frames.count * architecture.columnCount);
          frames.count++;
        }
      },
    };
  },
};
