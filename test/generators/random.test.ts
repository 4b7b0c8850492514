import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../../generators/random.ts';

const take = (random: Random, count: number) => Array.from({ length: count }, () => random.u32());

describe('Random', () => {
  test('gives these numbers on every machine', () => {
    expect(take(new Random('plumbline'), 4)).toEqual([461510821, 1588808921, 414430301, 3905461889]);
    expect(new Random('').u64()).toBe(0x628e28a9b53ff624n);
    expect(new Random('prologue/push#7').shuffle(['a', 'b', 'c', 'd', 'e', 'f'])).toEqual([
      'c',
      'e',
      'f',
      'a',
      'd',
      'b',
    ]);
  });

  test('gives the same sequence for the same seed and others for others', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(take(new Random(a), 8)).toEqual(take(new Random(a), 8));
        fc.pre(a !== b);
        expect(take(new Random(a), 8)).not.toEqual(take(new Random(b), 8));
      }),
    );
  });

  test('a derived generator depends on seed and name only', () => {
    const used = new Random('seed');
    take(used, 10);
    expect(take(used.derive('x'), 4)).toEqual(take(new Random('seed').derive('x'), 4));
    expect(take(used.derive('x'), 4)).not.toEqual(take(used.derive('y'), 4));
    expect(take(used.derive(1), 4)).not.toEqual(take(used.derive(2), 4));
  });

  test('below() and between() give every value of the range and no other, about equally often', () => {
    const random = new Random('range');
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 6000; i++) counts[random.between(10, 15) - 10]!++;
    expect(counts.length).toBe(6);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test('below() refuses an empty or fractional range', () => {
    const random = new Random('range');
    for (const bound of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN]) expect(() => random.below(bound)).toThrow(RangeError);
    expect(random.below(1)).toBe(0);
    expect(() => random.pick([])).toThrow(RangeError);
  });

  test('u64() fills both halves', () => {
    const random = new Random('halves');
    const values = Array.from({ length: 64 }, () => random.u64());
    const seen = values.reduce((bits, value) => bits | value, 0n);
    const always = values.reduce((bits, value) => bits & value, 2n ** 64n - 1n);
    expect(seen).toBe(2n ** 64n - 1n);
    expect(always).toBe(0n);
  });

  test('chance() is never true at 0, always at 1, and in between as often as asked', () => {
    const random = new Random('chance');
    const trues = (p: number) => Array.from({ length: 4000 }, () => random.chance(p)).filter(Boolean).length;
    expect(trues(0)).toBe(0);
    expect(trues(1)).toBe(4000);
    expect(Math.abs(trues(0.25) - 1000)).toBeLessThan(150);
  });

  test('shuffle() permutes a copy; subset() keeps the order and the asked number', () => {
    const all = Array.from({ length: 20 }, (_, i) => i);
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 20 }), (seed, count) => {
        const random = new Random(seed);
        expect(random.shuffle(all).toSorted((a, b) => a - b)).toEqual(all);
        const some = random.subset(all, count);
        expect(some).toHaveLength(count);
        for (const chosen of [some, random.subset(all)]) {
          expect(chosen).toEqual([...new Set(chosen)].toSorted((a, b) => a - b));
        }
      }),
    );
    expect(() => new Random('').subset(all, 21)).toThrow(RangeError);
    expect(new Random('order').shuffle(all)).not.toEqual(all);
  });
});
