import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { x86_64 } from '../../../engine/architecture/index.ts';
import type { DescriptorLayout } from '../../../engine/elf-compact/descriptor-layout.ts';
import { DescriptorLinker } from '../../../engine/elf-compact/descriptor-linker.ts';
import { paddingDescriptor } from '../../../engine/elf-compact/modes.ts';
import { g2 } from '../../../engine/elf-compact/x86-64/g2.ts';
import { g3 } from '../../../engine/elf-compact/x86-64/g3.ts';
import { formatRow } from '../../../engine/row/format-row.ts';
import { listOf, lowHalf, type Placed, placedOf, rowAt } from './descriptors.ts';

/** Start, end, descriptors from the start on, personality. */
type Linked = readonly [start: number, end: number, descriptors: readonly Placed[], personality?: number];

function link(...functions: readonly Linked[]): { descriptors: Placed[]; end: number } {
  const linker = new DescriptorLinker(g3);
  for (const [start, end, descriptors, personality] of functions) {
    linker.add(start, end, listOf(...descriptors), personality === undefined ? {} : { personality });
  }
  const { descriptors, end } = linker.finish();
  return { descriptors: placedOf(descriptors), end };
}

const rbp = 0x0000010420000001n;
const body = 0x20000001n;

it('links the published functions as published', () => {
  const linker = new DescriptorLinker(g2);
  linker.add(0x1000, 0x1006, listOf([0, rbp]));
  linker.add(0x1010, 0x1018, listOf([0, rbp]));
  linker.add(0x1020, 0x102a, listOf([0, rbp], [8, body]));
  linker.add(0x1030, 0x1038, listOf([0, rbp]));
  const { descriptors, end } = linker.finish();
  expect(placedOf(descriptors)).toEqual([
    [0x1000, 0x00000b0420000001n],
    [0x1010, 0x0000090420000001n],
    [0x1020, rbp],
    [0x1028, body],
    [0x1030, rbp],
    [0x1038, 1n],
  ]);
  expect(end).toBe(0x1038);
});

describe('a gap between functions', () => {
  const gap = (size: number, descriptor: bigint) =>
    link([0, 16, [[0, descriptor]]], [16 + size, 32 + size, [[0, rbp]]]).descriptors.slice(0, -2);

  it('makes an epilogue longer as long as it fits', () => {
    expect(gap(254, rbp)).toEqual([[0, 0x0000ff0420000001n]]);
    expect(gap(255, rbp)).toEqual([
      [0, rbp],
      [16, 1n],
    ]);
  });

  it('belongs to a descriptor without an epilogue, to no frame and to an FDE', () => {
    for (const descriptor of [body, 0n, 0xe0001234n]) {
      expect(gap(1, descriptor)).toEqual([[0, descriptor]]);
      expect(gap(255, descriptor)).toEqual([[0, descriptor]]);
    }
  });

  it('is left empty where it holds code', () => {
    const linker = new DescriptorLinker(g3);
    linker.add(0, 16, listOf([0, body]));
    linker.add(20, 36, listOf([0, rbp]), { isBehindCode: true });
    expect(placedOf(linker.finish().descriptors).slice(0, 2)).toEqual([
      [0, body],
      [16, 1n],
    ]);
  });

  it('is left empty where it is too long for padding', () => {
    for (const descriptor of [body, 0n, 0xe0001234n])
      expect(gap(256, descriptor)).toEqual([
        [0, descriptor],
        [16, 1n],
      ]);
  });
});

describe('a descriptor', () => {
  it('of no frame behind no frame is left out', () => {
    const { descriptors } = link(
      [0, 5, [[0, 0n]]],
      [
        16,
        20,
        [
          [0, 0n],
          [2, body],
        ],
      ],
      [20, 24, [[0, 0n]]],
    );
    expect(descriptors).toEqual([
      [0, 0n],
      [18, body],
      [20, 0n],
      [24, 1n],
    ]);
  });

  it('of the same body is left out', () => {
    const { descriptors } = link(
      [0, 5, [[0, body]]],
      [
        8,
        20,
        [
          [0, body],
          [4, body],
          [6, rbp],
        ],
      ],
    );
    expect(descriptors).toEqual([
      [0, body],
      [14, rbp],
      [20, 1n],
    ]);
  });

  it('with a prologue or an epilogue is not', () => {
    for (const descriptor of [rbp, 0x0000000420000001n, 0x0000010020000001n]) {
      const { descriptors } = link([0, 8, [[0, descriptor]]], [8, 16, [[0, descriptor]]]);
      expect(descriptors.map(([start]) => start)).toEqual([0, 8, 16]);
    }
  });

  it('that says nothing behind one that says nothing is left out', () => {
    expect(
      link([
        0,
        8,
        [
          [0, 1n],
          [4, 1n],
        ],
      ]).descriptors,
    ).toEqual([
      [0, 1n],
      [8, 1n],
    ]);
  });

  it.each([
    ['as long as both', 16, [0, 8, 16]],
    ['as long as the second', 4, [0, 8, 12]],
    ['as long as neither', 5, [0, 12]],
  ])('whose layout says something else in a range %s counts as another there', (_, otherLength, starts) => {
    const layout: DescriptorLayout = {
      ...{ name: 'by length', architecture: x86_64, epilogueSize: () => -1, withEpilogueSize: () => false },
      fill(_lo, _hi, offset, length, row) {
        g3.fill(lowHalf(length === otherLength ? 0n : body), 0, offset, length, row);
      },
    };
    const linker = new DescriptorLinker(layout);
    linker.add(0, 8, listOf([0, body]));
    linker.add(8, otherLength === 16 ? 16 : 12, listOf([0, body]));
    expect(placedOf(linker.finish().descriptors).map(([start]) => start)).toEqual(starts);
  });

  it('that refers to an FDE is not', () => {
    const { descriptors } = link([0, 8, [[0, 0xe0000100n]]], [8, 16, [[0, 0xe0000100n]]]);
    expect(descriptors).toHaveLength(3);
  });

  it('of a function with another personality is not', () => {
    const at = (first: number, second: number) =>
      link(
        [0, 8, [[0, 0n]], first],
        [
          8,
          16,
          [
            [0, 0n],
            [4, 0n],
          ],
          second,
        ],
      ).descriptors.map(([start]) => start);
    expect(at(-1, 0)).toEqual([0, 8, 16]);
    expect(at(0, -1)).toEqual([0, 8, 16]);
    expect(at(0, 1)).toEqual([0, 8, 16]);
    expect(at(1, 1)).toEqual([0, 16]);
  });

  it('behind a gap that stays empty is not', () => {
    const { descriptors } = link([0, 8, [[0, 0n]]], [1000, 1008, [[0, 0n]]]);
    expect(descriptors).toEqual([
      [0, 0n],
      [8, 1n],
      [1000, 0n],
      [1008, 1n],
    ]);
  });
});

it('nothing is linked to nothing', () => {
  expect(link()).toEqual({ descriptors: [], end: 0 });
});

it('refuses functions that go back, and such as have no descriptor for their start', () => {
  expect(() => link([0, 8, [[0, 0n]]], [7, 9, [[0, 0n]]])).toThrow(/ascending order/);
  expect(() => link([0, 8, []])).toThrow(/from the start of the function/);
  expect(() => link([0, 8, [[1, 0n]]])).toThrow(/from the start of the function/);
});

it('inside functions everything stays as it was', () => {
  const size = fc.constantFrom(0, 0, 1, 3, 8);
  const masks = fc.constantFrom(0, 1, 0b11, 0b1000001);
  const descriptor = fc.oneof(
    fc.constant(0n),
    fc.tuple(size, size, masks).map(([prologue, epilogue, mask]) => {
      const packed = g3.rspDescriptor({ prologue, epilogue, mask, frameUnits: 4 })!;
      return (BigInt(packed.hi) << 32n) | BigInt(packed.lo);
    }),
    fc.tuple(size, size).map(([prologue, epilogue]) => {
      const packed = g3.rbpDescriptor({ prologue, inner: 0, epilogue, mask: 1 })!;
      return (BigInt(packed.hi) << 32n) | BigInt(packed.lo);
    }),
  );
  // Few different descriptors, so that many successive ones are equal.
  const piece = fc.tuple(descriptor, fc.integer({ min: 16, max: 24 }));
  const oneFunction = fc.tuple(
    fc.array(fc.tuple(piece, fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 4 }),
    fc.constantFrom(0, 0, 8, 200, 300),
    fc.constantFrom(-1, -1, 0),
  );
  fc.assert(
    fc.property(fc.array(oneFunction, { maxLength: 8 }), (functions) => {
      const linker = new DescriptorLinker(g3);
      const expected: [address: number, row: string][] = [];
      let start = 0;
      for (const [pieces, gap, personality] of functions) {
        const placed: Placed[] = [];
        let at = start;
        for (const [[value, length], times] of pieces) {
          for (let i = 0; i < times; i++) {
            placed.push([at - start, value]);
            for (let offset = 0; offset < length; offset++) {
              expected.push([at + offset, formatRow(rowAt(g3, value, offset, length), g3.architecture)]);
            }
            at += length;
          }
        }
        linker.add(start, at, listOf(...placed), { personality });
        start = at + gap;
      }
      const { descriptors, end } = linker.finish();
      const linked = placedOf(descriptors);
      let last = 0;
      const found = expected.map(([address]): [number, string] => {
        while ((linked[last + 1]?.[0] ?? end) <= address) last++;
        const [from, value] = linked[last]!;
        const length = (linked[last + 1]?.[0] ?? end) - from;
        if (value === BigInt(paddingDescriptor)) return [address, 'padding'];
        return [address, formatRow(rowAt(g3, value, address - from, length), g3.architecture)];
      });
      expect(found).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});
