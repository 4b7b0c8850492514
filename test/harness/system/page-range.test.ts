import { describe, expect, it } from 'vitest';
import type { Emulator } from '../../../harness/emulator/emulator.ts';
import type { Segment } from '../../../harness/loader/image.ts';
import { PageRange, PROT_EXEC, PROT_READ, PROT_WRITE, pageSize } from '../../../harness/system/page-range.ts';

const start = 0x10_0000n;
const both = PROT_READ | PROT_WRITE;

/** Keeps what is mapped, and counts. */
function mapping() {
  const mapped = new Set<Segment>();
  let calls = 0;
  const emulator = {
    map(segment: Segment) {
      for (const other of mapped) expect(overlap(segment, other), 'mapped twice').toBe(false);
      mapped.add(segment);
      calls++;
    },
    unmap(segment: Segment) {
      expect(mapped.delete(segment), 'unmapped as it was mapped').toBe(true);
      calls++;
    },
  } as unknown as Emulator;
  return { emulator, mapped, calls: () => calls };
}

const endOf = ({ address, bytes }: Segment) => address + BigInt(bytes.byteLength);
const overlap = (a: Segment, b: Segment) => a.address < endOf(b) && b.address < endOf(a);

/** `r`, `w` and `x` by page of the range; `.` where nothing is mapped. */
function shape(mapped: Iterable<Segment>, pages: number): string[] {
  const seen = Array<string>(pages).fill('.');
  for (const { address, bytes, readable, writable, executable } of mapped) {
    const rights = `${readable ? 'r' : ''}${writable ? 'w' : ''}${executable ? 'x' : ''}`;
    const first = Number(address - start) / pageSize;
    seen.fill(rights, first, first + bytes.byteLength / pageSize);
  }
  return seen;
}

describe('PageRange', () => {
  it('has mapped what its pages allow, whatever came and went, as few segments as can be', () => {
    const pages = 24;
    const range = PageRange.arena(start, pages * pageSize);
    const { emulator, mapped } = mapping();
    const expected = Array<string>(pages).fill('.');
    const names = new Map<number | undefined, string>([
      [undefined, '.'],
      [0, '.'],
      [PROT_READ, 'r'],
      [both, 'rw'],
      [PROT_READ | PROT_EXEC, 'rx'],
    ]);
    let state = 1;
    const random = (below: number) => {
      state = (state * 48271) % 0x7fff_ffff;
      return state % below;
    };
    for (let round = 0; round < 2000; round++) {
      const first = random(pages);
      const count = 1 + random(pages - first);
      const [rights, name] = [...names][random(names.size)]!;
      range.set(first, count, rights);
      expected.fill(name, first, first + count);
      if (random(3) === 0) continue;
      if (random(50) === 0) {
        range.reset();
        expected.fill('.');
      }
      range.update(emulator);
      expect(shape(mapped, pages)).toEqual(expected);
      const runs = expected.filter((one, page) => one !== '.' && one !== expected[page - 1]).length;
      expect([mapped.size, range.windows().length]).toEqual([runs, runs]);
    }
  });

  it('maps again no more than what lies at the pages that change', () => {
    const pages = 256;
    const range = PageRange.arena(start, pages * pageSize);
    const { emulator, mapped, calls } = mapping();
    range.set(0, pages, both);
    range.update(emulator);
    for (let page = 0; page < pages; page += 2) {
      const before = calls();
      range.set(page, 1, PROT_READ);
      range.update(emulator);
      expect(calls() - before).toBeLessThanOrEqual(4);
    }
    expect(mapped.size).toBe(pages);
  });

  it('keeps the windows of what has not changed', () => {
    const range = PageRange.arena(start, 8 * pageSize);
    range.set(0, 1, both);
    range.set(4, 1, both);
    const [one, other] = range.windows();
    range.set(0, 1, PROT_READ);
    expect(range.windows()[0]).not.toBe(one);
    expect(range.windows()[1]).toBe(other);
  });
});
