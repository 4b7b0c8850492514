import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { FunctionWriter } from '../../function/writer.ts';
import type { Random } from '../../random.ts';
import { chainScenario } from '../chain-scenario.ts';
import { body, returnInBetween, type Write } from '../shape.ts';

/** Bytes to pass over that need each size of DW_CFA_advance_loc: below 0x40, a byte, two, and four. */
const distances: readonly (readonly [number, number])[] = [
  [0x40, 0xf0],
  [0x100, 0x1000],
  [0x1_0000, 0x1_8000],
];

function passOver(writer: FunctionWriter, random: Random, label: string, [low, high]: readonly [number, number]): void {
  writer.jump(label);
  writer.items.push({ data: { bytes: new Uint8Array(16 * random.between(low / 16, high / 16)) } });
  writer.label(label);
}

/** Its rows lie far apart, with returns in between. */
const farRows: Write = (writer, next, random, name) => {
  writer.prologue();
  writer.overwrite();
  for (const [i, distance] of random.shuffle(distances).entries()) {
    passOver(writer, random, `${name}.over${i}`, distance);
    body(writer, i === 1 ? next : undefined, random);
    writer.branchIf(i, `${name}.past${i}`);
    returnInBetween(writer, random.pick(['restoreState', 'redeclare']));
    writer.label(`${name}.past${i}`);
    writer.work(random.between(1, 2));
  }
  writer.epilogue();
  writer.ret();
};

/** One FDE of more than 64 KiB; a code alignment factor of 1 everywhere, so that each distance needs its own opcode. */
export const farRowsScenario = chainScenario({
  name: 'control-flow/far-rows',
  description: 'one FDE of more than 64 KiB, whose rows lie up to 64 KiB apart: advance_loc1, 2 and 4',
  about:
    'Tables and literals lie in the midst of a function, so that the code behind them is up to 64 KiB away from the row ' +
    'before. The location moves by one byte, two or four, each in use for real. Unwinders that keep the distance from ' +
    "the function's start in 16 bits, or read too few bytes of DW_CFA_advance_loc4, are wrong behind the first table.",
  source: 'DWARF 5, section 6.4.2.1; functions of more than 64 KiB, such as interpreters',
  needs: ['callee-saved'],
  bits: 3,
  programs: { full: 4, quick: 1 },
  links: (random: Random, _architecture: ArchitectureName) => {
    const style = (name: string) => ordinaryStyle(random.derive(name));
    return [
      { style: style('entry') },
      { style: style('far'), write: farRows, cie: { codeAlignment: 1 } },
      { style: style('leaf') },
    ];
  },
});
