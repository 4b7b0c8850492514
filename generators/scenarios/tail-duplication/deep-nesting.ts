import { cfi } from '../../cfi/index.ts';
import { countedScenario } from '../counted-scenario.ts';
import { handLink } from '../rules/rule-scenario.ts';
import { ifSelectorIs } from '../selector.ts';

/**
 * Every level makes the frame larger, saves one more register on the way and can be left for code that has the frame
 * of the level; that code lies behind the return of the deepest one, in reverse order.
 */
export const deepNesting = countedScenario({
  name: 'tail-duplication/deep-nesting',
  description: 'frames grow in up to ten steps, a state remembered at each and restored in reverse order',
  about:
    'A function saves registers and grows its frame in steps, and may leave at each step for code that still has the ' +
    'frame of that step. All that code lies behind the return of the last step, so that up to ten states are ' +
    'remembered at once. Unwinders with room for a few states, or that take the wrong one off, are wrong there.',
  source: 'DWARF 5, section 6.4.2.4; real: go-delve #3480, parca-agent #841',
  programs: { full: 8, quick: 1 },
  highest: (random) => random.between(5, 10),
  called: (random, architecture, highest) =>
    handLink(architecture, (hand, next, name, writer) => {
      const registers = random.shuffle(hand.machine.calleeSaved);
      const saved = registers.slice(0, Math.min(highest, registers.length));
      const sizes = Array.from({ length: highest }, () => 16 * random.between(1, 3));
      const undo = (level: number) => {
        const register = saved[level];
        if (register !== undefined) {
          hand.get(register, level);
          hand.cfi(cfi.restore(register));
        }
        hand.shrink(sizes[level]!);
      };
      hand.open(saved.length);
      for (let level = 0; level < highest; level++) {
        writer.items.push(...ifSelectorIs(architecture, level, `${name}.level${level}`));
        hand.remember();
        hand.grow(sizes[level]!);
        const register = saved[level];
        if (register !== undefined) {
          hand.save(register, level);
          hand.clobber(register);
        }
      }
      hand.body(next);
      for (let level = highest - 1; level >= 0; level--) undo(level);
      hand.close();
      hand.ret();
      for (let level = highest - 1; level >= 0; level--) {
        hand.restoreState();
        writer.label(`${name}.level${level}`);
        hand.work(random.between(1, 2));
        for (let below = level - 1; below >= 0; below--) undo(below);
        hand.close();
        hand.ret();
      }
    }),
});
