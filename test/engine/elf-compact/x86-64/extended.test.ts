import { describe, expect, it } from 'vitest';
import { x86_64 } from '../../../../engine/architecture/index.ts';
import { extended } from '../../../../engine/elf-compact/x86-64/extended.ts';
import { g3 } from '../../../../engine/elf-compact/x86-64/g3.ts';
import { UnwindError } from '../../../../engine/errors.ts';
import { formatRow } from '../../../../engine/row/format-row.ts';
import { Row } from '../../../../engine/row/row.ts';
import { randomNumbers } from './encode/random-numbers.ts';

/** What a descriptor says in a range: where each state begins, and the state. */
function states(descriptor: bigint, length: number, layout = extended): string[] {
  const row = new Row(x86_64.columnCount);
  const lo = Number(descriptor & 0xffffffffn);
  const hi = Number(descriptor >> 32n);
  const found: string[] = [];
  for (let offset = 0; offset < length; offset++) {
    layout.fill(lo, hi, offset, length, row);
    expect([row.startLo <= offset, offset < row.endLo, row.endLo <= length]).toEqual([true, true, true]);
    if (row.startLo === offset) found.push(`${offset}: ${formatRow(row, x86_64)}`);
  }
  return found;
}

describe('the extended x86-64 layout', () => {
  it('means what G3 means where the new bits are clear, errors included', () => {
    const random = randomNumbers(3);
    const outcome = (layout: typeof extended, descriptor: bigint): unknown => {
      try {
        return states(descriptor, 60, layout);
      } catch (error) {
        if (!(error instanceof UnwindError)) throw error;
        return error.kind;
      }
    };
    let read = 0;
    for (let i = 0; i < 500; i++) {
      const mode = BigInt(random(3));
      const steps = mode === 1n ? 0x03fc_007fn : 0x03ff_ffffn;
      const low = (BigInt(random(2 ** 26)) & steps) | (mode << 29n);
      const descriptor = (BigInt(random(30)) << 40n) | (BigInt(random(30)) << 32n) | (mode === 0n ? mode << 29n : low);
      const found = outcome(extended, descriptor);
      expect(found).toEqual(outcome(g3, descriptor));
      if (Array.isArray(found)) read++;
    }
    expect(read).toBeGreaterThan(100);
  });

  it('has gaps between pushes and one in the epilogue', () => {
    // r12 and rbx, 6 units, P 15, E 10; gap codes 2 and 1 (3 and 2 bytes); a gap of 5 bytes behind the first pop.
    const low = (2n << 29n) | (1n << 17n) | (2n << 14n) | (6n << 6n) | 0x28n;
    const descriptor = (1n << 62n) | (1n << 58n) | (5n << 54n) | (10n << 40n) | (15n << 32n) | low;
    expect(states(descriptor, 40).map((state) => state.replaceAll(/ rip=\S+/g, ''))).toMatchInlineSnapshot(`
      [
        "0: CFA=rsp+8",
        "5: CFA=rsp+16 r12=[CFA-16]",
        "9: CFA=rsp+24 rbx=[CFA-24] r12=[CFA-16]",
        "15: CFA=rsp+48 rbx=[CFA-24] r12=[CFA-16]",
        "30: CFA=rsp+24 rbx=[CFA-24] r12=[CFA-16]",
        "31: CFA=rsp+16 r12=[CFA-16]",
        "38: CFA=rsp+8",
      ]
    `);
  });

  it('has longer gaps in the wide form', () => {
    const low = (2n << 29n) | (15n << 14n) | (3n << 6n) | 0x30n;
    const descriptor = (2n << 62n) | (20n << 32n) | low;
    expect(states(descriptor, 40).map((state) => state.replaceAll(/ rip=\S+/g, ''))).toMatchInlineSnapshot(`
      [
        "0: CFA=rsp+8",
        "4: CFA=rsp+16 rbp=[CFA-16]",
        "20: CFA=rsp+24 rbx=[CFA-24] rbp=[CFA-16]",
      ]
    `);
  });

  it('has a step in the prologue of RBP frames', () => {
    const low = (1n << 29n) | (9n << 18n) | (4n << 10n) | (1n << 7n) | 0x43n;
    const descriptor = (3n << 48n) | (1n << 40n) | (13n << 32n) | low;
    expect(states(descriptor, 30).map((state) => state.replaceAll(/ rip=\S+/g, ''))).toMatchInlineSnapshot(`
      [
        "0: CFA=rsp+8",
        "1: CFA=rsp+16 rbp=[CFA-16]",
        "4: CFA=rbp+16 rbp=[CFA-16]",
        "9: CFA=rbp+16 rbp=[CFA-16] r15=[CFA-24]",
        "13: CFA=rbp+16 rbx=[CFA-32] rbp=[CFA-16] r15=[CFA-24] args=24",
        "29: CFA=rsp+8",
      ]
    `);
  });

  it.each([
    ['a reserved bit of plain frames', (1n << 61n) | (2n << 29n) | (2n << 7n)],
    ['a reserved bit of scheduled frames', (1n << 62n) | (1n << 60n) | (2n << 29n) | (2n << 6n)],
    ['form 3', (3n << 62n) | (2n << 29n) | (2n << 6n)],
    ['a frame without room for its registers', (1n << 62n) | (2n << 29n) | (2n << 6n) | 3n],
    ['a step without registers', (1n << 29n) | (9n << 18n) | (4n << 10n) | 0x43n],
    ['a step longer than the inner prologue', (1n << 29n) | (3n << 18n) | (4n << 10n) | (1n << 7n) | 0x43n],
    ['a step with all registers', (1n << 29n) | (9n << 18n) | (4n << 10n) | (2n << 7n) | 0x43n],
    ['an RBP frame without RBP', (1n << 48n) | (1n << 29n) | 0x42n],
    ['bits 63-48 without a frame', 1n << 48n],
    ['an unknown kind of mode 3', (3n << 29n) | (2n << 24n)],
    ['an end of the stack without a frame', 3n << 29n],
    ['an offset behind the entry of a linkage table', (3n << 29n) | (1n << 24n) | 16n],
    ['a prologue in mode 3', (1n << 32n) | (3n << 29n) | 1n],
    ['a prologue and an epilogue that overlap', (1n << 62n) | (20n << 40n) | (20n << 32n) | (2n << 29n) | (2n << 6n)],
  ])('rejects %s', (_, descriptor) => {
    expect(() => states(descriptor, 30)).toThrow(UnwindError);
  });

  it('changes the size of the epilogue where there is one', () => {
    const out = new Uint32Array(2);
    expect(extended.withEpilogueSize(0x4000_0108, 0x4000_0102, 9, out)).toBe(true);
    expect(Array.from(out)).toEqual([0x4000_0108, 0x4000_0902]);
    expect(extended.withEpilogueSize(0x4000_0108, 0x4000_0102, 256, out)).toBe(false);
    expect(extended.epilogueSize(0x6000_0001, 0)).toBe(-1);
  });
});
