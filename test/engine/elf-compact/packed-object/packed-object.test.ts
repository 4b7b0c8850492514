import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { x86_64 } from '../../../../engine/architecture/index.ts';
import { Fde } from '../../../../engine/dwarf/fde.ts';
import { type FrameSection, fdes } from '../../../../engine/dwarf/index.ts';
import {
  DescriptorCursor,
  ObjectFormWriter,
  ObjectRowSource,
} from '../../../../engine/elf-compact/object-form/index.ts';
import { packedCoding } from '../../../../engine/elf-compact/packed-object/index.ts';
import { g3 } from '../../../../engine/elf-compact/x86-64/g3.ts';
import { UnwindError } from '../../../../engine/errors.ts';
import { Row } from '../../../../engine/row/row.ts';
import { type Content, covering, FrameBytes, rowText, text, u64 } from '../../dwarf/frame-bytes.ts';
import { join, listOf, type Placed } from '../descriptors.ts';

const packedCie: Content = [1, text('zRK'), 1, 0x78, 16, 1, 0x00];
/** RBP frame with only RBP saved, its prologue of 4 bytes and epilogue of 1. */
const rbp = 0x0000_0104_2000_0001n;
/** The same without prologue and epilogue. */
const body = 0x2000_0001n;

/** The descriptors of every FDE. */
function listsOf(section: FrameSection): Placed[][] {
  const cursor = new DescriptorCursor(section);
  const fde = new Fde();
  return [...fdes(section)].map(({ offset }) => {
    section.readFde(offset, fde);
    cursor.open(fde);
    const placed: Placed[] = [];
    while (cursor.next()) placed.push([cursor.start, join(cursor.lo, cursor.hi)]);
    return placed;
  });
}

/** An FDE with packed descriptors for 0x1000..0x1100, byte by byte. */
function fdeWith(...list: Content): FrameSection {
  const frames = new FrameBytes();
  frames.fde(frames.cie(...packedCie), covering(0x1000, 0x100), ...list);
  return frames.section();
}

function written(lists: readonly Placed[][]): Uint8Array {
  const writer = new ObjectFormWriter(x86_64, [], packedCoding);
  for (const [i, list] of lists.entries()) writer.add(i * 0x10_0000, i * 0x10_0000 + 0xf_ffff, listOf(...list));
  return writer.finish().bytes;
}

/** A section at the address 0 that `written` counts from. */
function sectionOf(bytes: Uint8Array): FrameSection {
  const frames = new FrameBytes();
  frames.raw([...bytes]);
  return frames.section({ address: 0n });
}

describe('packed descriptors', () => {
  it.each([
    ['of mode, fields and the sizes of prologue and epilogue', [1, 9, 8, 2], [[0, rbp]]],
    [
      'with the low half of the one before',
      [1, 9, 8, 2, 9, 15, 3, 7, 0, 6],
      [
        [0, rbp],
        [8, body],
        [10, body + (3n << 40n)],
      ],
    ],
    ['with a third and a fourth byte', [1, 9, 9, 3, 0xaa, 0xbb], [[0, rbp | (0xbbaan << 48n)]]],
    ['with a fourth byte only', [1, 9, 8, 3, 0xbb], [[0, rbp | (0xbbn << 56n)]]],
    ['with all their bytes', [1, 23, u64(0xffff_ffff_ffff_ffffn)], [[0, 0xffff_ffff_ffff_ffffn]]],
    [
      'of 0, and padding',
      [1, 0, 5, 0, 0, 0],
      [
        [0, 0n],
        [4, 0n],
      ],
    ],
    [
      'that leave out a last 0',
      [1, 9, 8, 2, 9],
      [
        [0, rbp],
        [8, 0n],
      ],
    ],
    ['none', [], []],
  ] as [string, Content, Placed[]][])('are read: %s', (_, bytes, expected) => {
    expect(listsOf(fdeWith(...bytes))).toEqual([expected]);
  });

  it.each([
    ['break off', [1, 9, 8], /expected 1 byte before/],
    ['stand for nothing', [1, 31], /the same low half or of all bits/],
    ['have a low half of more bits', [1, 0x80, 0x80, 0x80, 0x80, 0x02], /a number of at most 0x1fffffff/],
    ['have a prologue of more than 255 bytes', [1, 9, 0x80, 0x04, 0], /a number of at most 0x1ff/],
  ] as [string, Content, RegExp][])('are invalid where they %s', (_, bytes, message) => {
    expect(() => listsOf(fdeWith(...bytes))).toThrow(message);
    expect(() => listsOf(fdeWith(...bytes))).toThrow(UnwindError);
  });

  it('take few bytes', () => {
    const fde = (...list: Placed[]): number => written([list]).length - written([]).length;
    const header = 20 + 17;
    const rounded = (size: number): number => (size + 7) & -8;
    expect(fde([0, rbp])).toBe(rounded(header + 4));
    expect(fde([0, rbp], [8, body], [0x30, rbp])).toBe(rounded(header + 4 + 2 + 4));
    expect(fde([0, rbp], [8, 0n])).toBe(rounded(header + 5));
  });

  it('are read as they were written, in sections whose CIEs have the augmentation K', () => {
    const half = fc.oneof(fc.constantFrom(0, 1, 7, 0x2000_0001, 0xe000_0000, 0xffff_ffff), fc.nat(0xffff_ffff));
    const descriptor = fc.tuple(half, half).map(([lo, hi]) => join(lo, hi));
    const list = fc.array(fc.tuple(fc.nat(0x8000), descriptor), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(list, { minLength: 1, maxLength: 4 }), (lists) => {
        const placed = lists.map((pairs) => {
          let start = 0;
          return pairs.map(([distance, value]): Placed => {
            start += distance;
            return [start, value];
          });
        });
        const section = sectionOf(written(placed));
        expect(listsOf(section)).toEqual(placed);
        expect([...fdes(section)].every(({ augmentation }) => augmentation === 'zRK')).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('give the rows of their layout', () => {
    const source = new ObjectRowSource(fdeWith(1, 9, 8, 2, 9, 15), g3);
    const row = new Row(x86_64.columnCount);
    const rows = [0x1000, 0x1004, 0x1008, 0x10ff].map((pc) => source.lookup(pc, 0, row) && rowText(row, x86_64));
    expect(rows).toEqual([
      '1000..1001 CFA=rsp+8 rip=[CFA-8]',
      '1004..1007 CFA=rbp+16 rbp=[CFA-16] rip=[CFA-8]',
      '1008..1100 CFA=rbp+16 rbp=[CFA-16] rip=[CFA-8]',
      '1008..1100 CFA=rbp+16 rbp=[CFA-16] rip=[CFA-8]',
    ]);
  });

  it('throw nothing but UnwindError where they are arbitrary bytes', () => {
    const row = new Row(x86_64.columnCount);
    let found = 0;
    fc.assert(
      fc.property(fc.array(fc.nat(255), { maxLength: 60 }), (bytes) => {
        const source = new ObjectRowSource(fdeWith(1, ...bytes), g3);
        for (let pc = 0x1000; pc < 0x1100; pc += 5) {
          try {
            if (source.lookup(pc, 0, row) && row.startLo <= pc && pc < row.endLo) found++;
          } catch (error) {
            if (!(error instanceof UnwindError)) throw error;
          }
        }
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(0);
  });
});
