import { AddressSpace, type Module, precompute, RuleCache, StackCursor, Step } from '../../../engine/index.ts';
import { everythingOn, parseEverything, type Switches } from '../baselines/switches.ts';
import type { BenchModule, BenchStack, Contender, ContenderSession } from '../bench-stack.ts';
import { openModule, openPlain } from './modules.ts';

/** A contender that walks with the public cursor, all registers restored in each frame. */
export function cursorContender(
  name: string,
  description: string,
  open: (module: BenchModule) => Module,
  cached = false,
): Contender {
  return {
    name,
    description,
    finds: 'registers',
    open(stack) {
      const space = new AddressSpace(stack.architecture, stack.modules.map(open));
      const cursor = new StackCursor(space, cached ? { cache: new RuleCache(stack.architecture) } : {});
      return cursorSession(cursor, stack);
    },
  };
}

export function cursorSession(cursor: StackCursor, stack: BenchStack): ContenderSession {
  const { memory, registers } = stack;
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
      const { columnCount } = stack.architecture;
      cursor.start(memory, registers);
      while (cursor.step() === Step.caller) {
        frames.values.set(cursor.registers, 2 * frames.count * columnCount);
        frames.known.set(cursor.known, frames.count * columnCount);
        frames.count++;
      }
    },
  };
}

const plain = (switches: Partial<Switches>) => (module: BenchModule) =>
  openPlain(module, { ...parseEverything, ...switches });

/** The typed-array baseline, keeping more and more. */
export const baselineContenders: readonly Contender[] = [
  cursorContender('parse-everything', 'header, FDE and CIE parsed at each frame, on typed arrays', plain({})),
  cursorContender(
    'cie-instructions-again',
    'the same, CIEs parsed once but executed at each frame',
    plain({ headerKept: true, ciesKept: true }),
  ),
  cursorContender('cie-kept', 'the same, the row after a CIE’s instructions kept', plain(everythingOn)),
];

export const sortedIndex: Contender = cursorContender(
  'sorted-index',
  'the engine without a cache, FDEs from a sorted list',
  (module) => openModule(module, 'list'),
);

export const header: Contender = cursorContender(
  'header',
  'the engine without a cache, FDEs from the table of .eh_frame_hdr',
  (module) => openModule(module, 'header'),
);

export const cached: Contender = cursorContender(
  'cached',
  'the public cursor with the rule cache',
  (module) => openModule(module, 'header'),
  true,
);

export const precomputed: Contender = cursorContender(
  'precomputed',
  'the public cursor without a cache, rows from a table made of the whole section',
  (module) => precompute(openModule(module, 'header')),
);
