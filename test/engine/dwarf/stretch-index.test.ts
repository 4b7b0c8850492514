import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StretchIndex } from '../../../engine/dwarf/stretch-index.ts';

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const number = fc.oneof(u32, fc.nat(40), fc.constantFrom(0x7fff_ffff, 0x8000_0000, 0xffff_ffff));

describe('StretchIndex', () => {
  it('finds the last number that is not above the one asked for', () => {
    fc.assert(
      fc.property(fc.array(number, { maxLength: 50 }), fc.array(number, { maxLength: 10 }), (some, asked) => {
        const numbers = Uint32Array.from(some).sort();
        const index = new StretchIndex(numbers);
        for (const one of [...asked, ...numbers, ...numbers.map((n) => n - 1), 0xffff_ffff]) {
          expect(index.find(one)).toBe(numbers.findLastIndex((n) => n <= one));
        }
      }),
      { numRuns: 500 },
    );
  });
});
