import { describe, expect, it } from 'vitest';
import {
  extendedEncoder,
  g2Encoder,
  g3Encoder,
  type SplittingEncoder,
} from '../../../../../engine/elf-compact/x86-64/encode/index.ts';
import type { FunctionTable } from '../../../../../engine/encoding/index.ts';
import { FunctionView } from '../../../../../engine/encoding/index.ts';
import { formatRow } from '../../../../../engine/row/format-row.ts';
import { decode, encode, functionOf, rowOf, type Step, tableOf } from './functions.ts';

/** The number of descriptors, once they were seen to say at each byte what the rows say. */
function strictly(encoder: SplittingEncoder, table: FunctionTable): number {
  const { reason, list, popped, pushed } = encode(encoder, table);
  expect([reason, popped, pushed]).toEqual([undefined, 0, 0]);
  const view = new FunctionView(table).moveTo(0);
  const decoded = decode(encoder, list, view.size);
  for (let row = 0; row < view.rowCount; row++) {
    for (let offset = view.rowStart(row); offset < view.rowStart(row + 1); offset++) {
      const said = formatRow(decoded[offset]!, table.architecture);
      expect(said, `offset ${offset}`).toBe(formatRow(view.row(row)!, table.architecture));
    }
  }
  return list.count;
}

describe.each([
  ['g2', g2Encoder],
  ['g3', g3Encoder],
  ['extended', extendedEncoder],
])('%s: what does not fit into fields', (_, encoder) => {
  it.each([
    [255, 1],
    [256, 2],
  ])('a prologue of %i bytes takes %i', (size, count) => {
    const steps: Step[] = [[`nop ${size - 1}`], ['push rbx', 'rsp+16 rbx-16'], ['nop 20']];
    expect(strictly(encoder, functionOf(steps))).toBe(count);
  });

  it.each([
    [255, 1],
    [256, 2],
  ])('an epilogue of %i bytes takes %i', (size, count) => {
    const steps: Step[] = [['push rbx', 'rsp+16 rbx-16'], ['nop 20'], ['pop rbx', 'rsp+8'], [`nop ${size}`]];
    expect(strictly(encoder, functionOf(steps))).toBe(count);
  });

  it('a frame of more than 19 bits, of 20 in G2, is left to DWARF', () => {
    const frame = (units: number) => functionOf([['nop 4']], `rsp+${8 * units}`);
    const most = encoder === g2Encoder ? 0xf_ffff : 0x7_ffff;
    expect(strictly(encoder, frame(most))).toBe(1);
    expect(encode(encoder, frame(most + 1)).reason).toBeTypeOf('string');
  });

  it('where a prologue is interrupted for longer, the pushed registers are known all the same', () => {
    const saved = 'rbx-24 r14-16';
    const steps: Step[] = [
      ['push r14', 'rsp+16'],
      ['push rbx', 'rsp+24'],
      ['nop 30'],
      ['sub 200', `rsp+224 ${saved}`],
      ['nop 5'],
    ];
    const { reason, list, pushed } = encode(encoder, functionOf(steps));
    expect([reason, list.count, pushed]).toEqual([undefined, 2, 2]);
  });
});

describe('extended: what does not fit into one descriptor', () => {
  const registers = ['r15', 'r14', 'r13', 'r12', 'rbp', 'rbx'];
  const named = (count: number): string =>
    ['', ...registers.slice(0, count).map((name, i) => `${name}-${8 * (i + 2)}`)].join(' ');

  /** A function with gaps behind some pushes, and before some pops. */
  const withGaps = (behindPush: Readonly<Record<number, number>>, beforePop: Readonly<Record<number, number>>) => {
    const steps: Step[] = [];
    registers.forEach((name, i) => {
      steps.push([`push ${name}`, `rsp+${8 * (i + 2)}${named(i + 1)}`]);
      if (behindPush[i + 1] !== undefined) steps.push([`nop ${behindPush[i + 1]}`]);
    });
    steps.push(['sub 64', `rsp+120${named(6)}`], ['nop 9'], ['add 64', `rsp+56${named(6)}`]);
    for (let i = 6; i > 0; i--) {
      if (beforePop[i] !== undefined) steps.push([`nop ${beforePop[i]}`]);
      steps.push([`pop ${registers[i - 1]}`, `rsp+${8 * i}${named(i - 1)}`]);
    }
    return functionOf([...steps, ['ret']]);
  };

  it.each([
    ['short gaps everywhere and one in the epilogue', { 1: 2, 2: 3, 3: 5, 4: 6, 5: 7, 6: 10 }, { 4: 15 }, 1],
    ['a gap before the fourth pop', { 1: 3 }, { 3: 4 }, 1],
    ['a gap before the fifth pop', { 1: 3 }, { 2: 4 }, 2],
    ['a longer gap in the epilogue', { 1: 3 }, { 6: 16 }, 2],
    ['two gaps in the epilogue', { 1: 3 }, { 6: 2, 4: 2 }, 2],
    ['gaps of all lengths, but none in the epilogue', { 1: 1, 2: 4, 3: 9, 4: 11, 5: 13, 6: 15 }, {}, 1],
    ['an unusual gap, and one in the epilogue', { 2: 9 }, { 6: 2 }, 2],
    ['a gap of 16 bytes', { 2: 16 }, {}, 2],
  ])('%s', (_, behindPush, beforePop, count) => {
    expect(strictly(extendedEncoder, withGaps(behindPush, beforePop))).toBe(count);
  });

  it('registers that change places take another descriptor', () => {
    const rows = ['rsp+32 rbp-16 rbx-24', 'rsp+32 rbx-16 rbp-24'].map(rowOf);
    expect(strictly(extendedEncoder, tableOf([[0, rows[0]], [5, rows[1]]], 9))).toBe(2); // biome-ignore format: two rows
  });

  it('frames of more than 255 units have no gaps', () => {
    const frame = (units: number): Step[] => [
      ['push rbx', 'rsp+16 rbx-16'],
      ['nop 3'],
      [`sub ${8 * (units - 2)}`, `rsp+${8 * units} rbx-16`],
      ['nop 9'],
    ];
    expect(strictly(extendedEncoder, functionOf(frame(255)))).toBe(1);
    expect(strictly(extendedEncoder, functionOf(frame(256)))).toBe(2);
  });
});
