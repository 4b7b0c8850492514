import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { countedScenario } from '../counted-scenario.ts';
import { dispatch } from '../selector.ts';
import { returnInBetween, type Write } from '../shape.ts';

/** What the largest functions of real libraries have: as many remembered states in one FDE. */
const most = 44;

/** A switch, each of whose cases returns by an epilogue of its own. */
function returningCases(architecture: 'x86-64' | 'aarch64', highest: number): Write {
  return (writer, next, random, name) => {
    const cases = Array.from({ length: highest + 1 }, (_, i) => `${name}.case${i}`);
    writer.prologue();
    writer.overwrite();
    writer.items.push(...dispatch(architecture, `${name}.table`, cases));
    for (const [i, label] of random.shuffle(cases).entries()) {
      writer.label(label);
      writer.work(random.between(1, 2));
      if (next !== undefined && (i === 0 || random.chance(0.15))) {
        writer.call(next);
        writer.work(1);
      }
      if (i < highest) returnInBetween(writer, 'restoreState');
    }
    writer.epilogue();
    writer.ret();
  };
}

export const manyReturns = countedScenario({
  name: 'tail-duplication/many-returns',
  description: 'a switch with up to 45 cases, each with its own epilogue: 44 remembered states in one FDE',
  about:
    'A switch whose every case returns by itself: the FDE remembers and restores its state up to 44 times, and its ' +
    'program is several hundred bytes long. The row of the last case is only right if all that came before was ' +
    'executed. Unwinders with a bound on the instructions, bytes or rows of an FDE are right at first and wrong later.',
  source: 'DWARF 5, section 6.4.2.4; functions of real libraries have 44 of them in one FDE',
  programs: { full: 3, quick: 1 },
  highest: (random) => (random.chance(0.5) ? most : random.between(20, most)),
  called: (random, architecture, highest) => ({
    style: { ...ordinaryStyle(random), saved: random.between(3, 5) },
    write: returningCases(architecture, highest),
  }),
});
