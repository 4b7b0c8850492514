import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TripleMap } from '../../../engine/precomputed/triple-map.ts';

describe('TripleMap', () => {
  it('keeps every triple while it grows', () => {
    const small = fc.integer({ min: 0, max: 30 });
    const key = fc.tuple(small, fc.oneof(small, fc.integer()), small);
    fc.assert(
      fc.property(fc.uniqueArray(key, { selector: String, maxLength: 200 }), key, (keys, other) => {
        const map = new TripleMap(4);
        keys.forEach(([a, b, c], value) => {
          expect(map.get(a, b, c)).toBe(-1);
          map.add(a, b, c, value);
        });
        expect(map.count).toBe(keys.length);
        expect(keys.map(([a, b, c]) => map.get(a, b, c))).toEqual(keys.map((_, value) => value));
        expect(map.get(...other)).toBe(keys.findIndex((one) => String(one) === String(other)));
      }),
    );
  });
});
