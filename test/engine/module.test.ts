import { describe, expect, test } from 'vitest';
import { Module, x86_64 } from '../../engine/index.ts';
import { HandMadeSource, hi, lo } from './hand-made.ts';

const row = { cfa: { register: 'rsp', offset: 24n } } as const;

describe('a module', () => {
  test.each([
    [0x1000n, 0x2000n],
    [0xffff_f000n, 0x1_0000_1000n],
    [0x1_2000_0000n, 0x1_2000_0001n],
    [0xffff_ffff_8000_0000n, 0xffff_ffff_ffff_ffffn],
  ])('has the addresses from %i to the one before %i', (start, end) => {
    const source = new HandMadeSource(x86_64, [{ start, end, row }]);
    const module = new Module('some', x86_64, start, end, source);
    expect([module.startLo, module.startHi, module.endLo, module.endHi]).toEqual([
      lo(start),
      hi(start),
      lo(end),
      hi(end),
    ]);
    const contains = (address: bigint) => module.contains(lo(address), hi(address));
    expect([contains(start - 1n), contains(start), contains(end - 1n), contains(end)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    // The same low half, elsewhere.
    expect(contains(start ^ (1n << 62n))).toBe(false);
    expect(module.rowAt(start)?.cfaLo).toBe(24);
    expect(module.rowAt(end - 1n)?.cfaLo).toBe(24);
    expect(module.rowAt(end)).toBeUndefined();
    expect(source.asked).toEqual([start, end - 1n, end]);
  });

  test('may be had with another source', () => {
    const [start, end] = [0xffff_ffff_8000_0001n, 0xffff_ffff_9000_0002n];
    const module = new Module('some', x86_64, start, end, new HandMadeSource(x86_64, []));
    const source = new HandMadeSource(x86_64, [{ start, end, row }]);
    const other = module.withSource(source);
    expect(other).toEqual(new Module('some', x86_64, start, end, source));
    expect(other.source).toBe(source);
  });
});
