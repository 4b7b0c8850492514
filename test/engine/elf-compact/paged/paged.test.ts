import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DescriptorRange, LinkedContent } from '../../../../engine/elf-compact/linked-form.ts';
import { type LsdaEntry, PagedIndex, paged } from '../../../../engine/elf-compact/paged/index.ts';
import { UnwindError } from '../../../../engine/errors.ts';
import { join, listOf, type Placed } from '../descriptors.ts';

/** Function, its end, its LSDA, its personality. */
type Lsda = readonly [start: number, end: number, lsda: number, personality: number];

function content(
  placed: readonly Placed[],
  end: number,
  lsdas: readonly Lsda[] = [],
  personalities = [0],
): LinkedContent {
  return {
    descriptors: listOf(...placed),
    end,
    personalities: lsdas.length === 0 ? new Int32Array(0) : Int32Array.from(personalities),
    lsdaFunction: Int32Array.from(lsdas, ([start]) => start),
    lsdaFunctionEnd: Int32Array.from(lsdas, ([, functionEnd]) => functionEnd),
    lsda: Int32Array.from(lsdas, ([, , lsda]) => lsda),
    lsdaPersonality: Int32Array.from(lsdas, ([, , , personality]) => personality),
  };
}

/** START..END DESCRIPTOR, or undefined. */
function found(index: PagedIndex, address: number): string | undefined {
  const range: DescriptorRange = { start: 0, end: 0, lo: 0, hi: 0 };
  if (!index.find(address, range)) return undefined;
  return `${range.start}..${range.end} ${join(range.lo, range.hi).toString(16)}`;
}

function words(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true).toString(16));
}

const sum = (parts: Readonly<Record<string, number>>): number => Object.values(parts).reduce((a, b) => a + b, 0);

/** The functions of the published test at A = 0x1000, linked. */
const published: readonly Placed[] = [
  [0x1000, 0x00000b0420000001n],
  [0x1010, 0x0000090420000001n],
  [0x1020, 0x0000010420000001n],
  [0x1028, 0x0000000020000001n],
  [0x1030, 0x0000010420000001n],
  [0x1038, 1n],
];

describe('the paged header', () => {
  it('has the published layout, bit for bit', () => {
    const { bytes, parts } = paged.write(content(published, 0x1038));
    expect(words(bytes)).toEqual([
      '1b02', // version 2, pcrel sdata4
      '28', // personality array
      '28', // dictionary
      '1', // pages
      ...['1000', '28', '0'],
      ...['1038', 'deaddead', '0'],
      '1c0006', // 6 entries; own descriptors 28 bytes into the page
      ...['eab', '10eac', '20ead', '28eae', '30ead', '38eaf'],
      ...['20000001', 'b04', '20000001', '904', '20000001', '104', '20000001', '0', '1', '0'],
    ]);
    expect(parts).toEqual({ header: 16, index: 24, personalities: 0, dictionary: 0, pages: 68, lsda: 0 });
  });

  it('finds the published functions', () => {
    const index = new PagedIndex(paged.write(content(published, 0x1038)).bytes);
    expect([0xfff, 0x1000, 0x100f, 0x1010, 0x1027, 0x1028, 0x1037, 0x1038].map((pc) => found(index, pc))).toEqual([
      undefined,
      '4096..4112 b0420000001',
      '4096..4112 b0420000001',
      '4112..4128 90420000001',
      '4128..4136 10420000001',
      '4136..4144 20000001',
      '4144..4152 10420000001',
      undefined,
    ]);
  });

  it('has a dictionary of the descriptors of several pages, most frequent first', () => {
    // Two pages of three entries each, 1 MiB apart.
    const pages: readonly Placed[] = [
      ...([
        [0, 5n],
        [4, 7n],
        [8, 6n],
      ] as const),
      ...([
        [0x100000, 6n],
        [0x100004, 5n],
        [0x100008, 5n],
      ] as const),
    ];
    const { bytes, parts } = paged.write(content(pages, 0x100010));
    expect(parts).toEqual({ header: 16, index: 36, personalities: 0, dictionary: 16, pages: 40, lsda: 0 });
    expect(words(bytes).slice(13)).toEqual([
      ...['5', '0', '6', '0'],
      ...['100003', '0', '4eab', '8001', '7', '0'],
      ...['3', '1', '4000', '8000'],
    ]);
    const index = new PagedIndex(bytes);
    expect(found(index, 9)).toBe('8..1048576 6');
    expect(found(index, 0x10000f)).toBe('1048584..1048592 5');
  });

  it('has entries up to 1 MiB - 1 behind the first on one page', () => {
    const at = (second: number) =>
      paged.write(
        content(
          [
            [-16, 3n],
            [second, 4n],
          ],
          0x200000,
        ),
      );
    expect(at(0xfffff - 16).parts.index).toBe(24);
    expect(at(0x100000 - 16).parts.index).toBe(36);
    expect(found(new PagedIndex(at(0x100000 - 16).bytes), 0x1fffff)).toBe('1048560..2097152 4');
    expect(found(new PagedIndex(at(0xfffff - 16).bytes), 0x1fffff)).toBe('1048559..2097152 4');
    expect(found(new PagedIndex(at(0xfffff - 16).bytes), 0xffffe - 16)).toBe('-16..1048559 3');
  });

  it('fills pages up to 4096 bytes', () => {
    const all = (count: number, descriptor: (i: number) => bigint) =>
      paged.write(
        content(
          Array.from({ length: count }, (_, i): Placed => [i, descriptor(i)]),
          count,
        ),
      ).parts;
    // 341 descriptors of their own take 12 bytes each; in the dictionary they would leave room for 1023 entries.
    expect(all(341, (i) => BigInt(i + 2))).toMatchObject({ index: 24, pages: 4096 });
    expect(all(342, (i) => BigInt(i + 2))).toMatchObject({ index: 36, pages: 4096 + 16 });
    expect(all(1021, () => 9n)).toMatchObject({ index: 24, dictionary: 0, pages: 4 + 1021 * 4 + 8 });
    expect(all(1022, () => 9n)).toMatchObject({ index: 24, dictionary: 8, pages: 4 + 1022 * 4 });
    expect(all(1024, () => 9n)).toMatchObject({ index: 36, dictionary: 8, pages: 2 * 4 + 1024 * 4 });
  });

  it('has no more than 3755 descriptors in its dictionary, those of the most pages', () => {
    // Each of 4000 twice, far apart, and one on every page.
    const placed = Array.from({ length: 8000 }, (_, i): Placed => [3 * i, BigInt((i % 4000) + 10)]);
    const often = Array.from({ length: 8000 }, (_, i): Placed => [3 * i + 1, 9n]);
    const all = [...placed, ...often].sort(([a], [b]) => a - b);
    const { bytes, parts } = paged.write(content(all, 24000));
    expect(parts.dictionary).toBe(8 * 3755);
    const dictionary = new DataView(bytes.buffer).getUint32(8, true);
    expect(words(bytes)[dictionary / 4]).toBe('9');
    const index = new PagedIndex(bytes);
    const descriptors = all.map(([start]) => found(index, start)?.split(' ')[1]);
    expect(descriptors).toEqual(all.map(([, descriptor]) => descriptor.toString(16)));
  });

  it('of nothing covers nothing', () => {
    const { bytes, parts } = paged.write(content([], 0));
    expect(sum(parts)).toBe(bytes.length);
    const index = new PagedIndex(bytes);
    expect([-1, 0, 1].map((pc) => found(index, pc))).toEqual([undefined, undefined, undefined]);
  });
});

describe('LSDAs and personalities', () => {
  const placed: readonly Placed[] = [
    [0, 0x20000001n],
    [0x10, 0n],
    [0x20, 0x20000001n],
    [0x28, 0xe0000100n],
    [0x30, 0n],
  ];
  const lsdas: readonly Lsda[] = [
    [0, 0x10, 0x500, 1],
    [0x20, 0x40, -0x600, 0],
  ];
  const { bytes, parts } = paged.write(content(placed, 0x40, lsdas, [0x701, -0x800]));
  const index = new PagedIndex(bytes);

  it('are a number in the descriptors of their functions, but not in those that refer to an FDE', () => {
    expect([0, 0x10, 0x20, 0x28, 0x30].map((pc) => found(index, pc)?.split(' ')[1])).toEqual([
      '28000001',
      '0',
      '24000001',
      'e0000100',
      '4000000',
    ]);
  });

  it('are found by address and by number', () => {
    const entry: LsdaEntry = { function: 0, lsda: 0 };
    expect(index.findLsda(0xf, entry)).toBe(true);
    expect(entry).toEqual({ function: 0, lsda: 0x500 });
    expect(index.findLsda(0x3f, entry)).toBe(true);
    expect(entry).toEqual({ function: 0x20, lsda: -0x600 });
    expect(index.findLsda(0x40, entry)).toBe(false);
    expect(index.findLsda(-1, entry)).toBe(false);
    expect([index.personality(1), index.personality(2)]).toEqual([0x701, -0x800]);
    expect(() => index.personality(3)).toThrow(UnwindError);
    expect(() => index.personality(0)).toThrow(UnwindError);
    expect(parts).toMatchObject({ personalities: 8, lsda: 16 });
  });

  it('are found where the function began on a page before', () => {
    const far: readonly Placed[] = [
      [8, 0n],
      [16, 2n],
      [0x200000, 3n],
      [0x300100, 4n],
    ];
    const farIndex = new PagedIndex(paged.write(content(far, 0x400000, [[16, 0x300000, 0x90, 0]])).bytes);
    const entry: LsdaEntry = { function: 0, lsda: 0 };
    expect(farIndex.findLsda(15, entry)).toBe(false);
    expect(farIndex.findLsda(0x200001, entry)).toBe(true);
    expect(entry).toEqual({ function: 16, lsda: 0x90 });
    expect([8, 16, 0x200000, 0x300100].map((pc) => found(farIndex, pc)?.split(' ')[1])).toEqual([
      '0',
      '4000002',
      '4000003',
      '4',
    ]);
  });

  it('are refused where there are more than seven', () => {
    const many = (count: number) => content(placed, 0x40, lsdas, Array<number>(count).fill(0));
    expect(() => paged.write(many(8))).toThrow(/at most 7 personalities, found 8/);
    expect(paged.write(many(7)).parts.personalities).toBe(28);
  });
});

describe('what is written is found again', () => {
  const descriptor = fc.oneof(fc.bigInt(0n, 12n), fc.bigInt(0n, 2n ** 64n - 1n));
  const step = fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 0x180000 }));
  const steps = fc.array(fc.tuple(step, descriptor), { maxLength: 900, size: 'max' });

  it('at every address of random lists', () => {
    fc.assert(
      fc.property(fc.integer({ min: -0x100000, max: 0x100000 }), steps, (base, list) => {
        let at = base;
        const placed = list.map(([size, value]): Placed => {
          at += size;
          return [at - size, value];
        });
        const { bytes, parts } = paged.write(content(placed, at));
        expect(sum(parts)).toBe(bytes.length);
        const index = new PagedIndex(bytes);
        expect(found(index, base - 1)).toBeUndefined();
        expect(found(index, at)).toBeUndefined();
        const expected = placed.map(
          ([start, value], i) => `${start}..${placed[i + 1]?.[0] ?? at} ${value.toString(16)}`,
        );
        expect(placed.map(([start]) => found(index, start))).toEqual(expected);
        expect(placed.map((_, i) => found(index, (placed[i + 1]?.[0] ?? at) - 1))).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});

describe('broken bytes', () => {
  const sound = paged.write(content(published, 0x1038)).bytes;
  const changed = (at: number, ...bytes: number[]): Uint8Array => {
    const copy = sound.slice();
    copy.set(bytes, at);
    return copy;
  };

  it.each([
    ['of another version', changed(0, 1), 0, /version 2/],
    ['of another encoding', changed(1, 0x3b), 0, /version 2/],
    ['of the other version 2', changed(2, 1), 0, /version 2/],
    ['cut off', sound.slice(0, 15), 0, /a header of 16 bytes/],
    ['with more pages than there are', changed(12, 10), 12, /pages and their index/],
    ['with 2^32 - 1 pages', changed(12, 255, 255, 255, 255), 12, /pages and their index/],
  ])('a header %s cannot be opened', (_, bytes, offset, message) => {
    const open = () => new PagedIndex(bytes);
    expect(open).toThrow(expect.objectContaining({ name: 'UnwindError', section: '.eh_frame_hdr', offset }));
    expect(open).toThrow(message);
  });

  it.each([
    ['a page behind the section', changed(20, 0, 1), 20, /a page in the section/],
    ['more entries than the section has', changed(40, 0xff, 0), 40, /at most 4096 bytes/],
    ['more entries than a page has', changed(40, 0xff, 0xff), 40, /at most 4096 bytes/],
    ['1024 entries', Uint8Array.of(...changed(40, 0x00, 0x04), ...new Uint8Array(8192)), 40, /at most 4096 bytes/],
    ['descriptors that are not there', changed(42, 0, 0), 44, /a descriptor of the page/],
    ['descriptors outside the page', changed(42, 0xf9, 0x0f), 44, /a descriptor of the page/],
    ['a descriptor behind the section', changed(44, 0xc0), 44, /a descriptor in the section/],
    ['a dictionary behind the section', changed(8, 0xff, 0xff).fill(0, 44, 46), 44, /a descriptor in the section/],
  ])('with %s are an error of the address', (_, bytes, offset, message) => {
    const index = new PagedIndex(bytes);
    const find = () => found(index, 0x1000);
    expect(find).toThrow(expect.objectContaining({ name: 'UnwindError', section: '.eh_frame_hdr', offset }));
    expect(find).toThrow(message);
  });

  it('throw nothing but UnwindError, and what is found has the address', () => {
    const entry: LsdaEntry = { function: 0, lsda: 0 };
    const range: DescriptorRange = { start: 0, end: 0, lo: 0, hi: 0 };
    const tolerant = (body: () => void): void => {
      try {
        body();
      } catch (error) {
        if (!(error instanceof UnwindError)) throw error;
      }
    };
    const change = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff))));
    const base = paged.write(
      content(
        published,
        0x1038,
        [
          [0x1000, 0x1010, 5, 0],
          [0x1030, 0x1038, 6, 0],
        ],
        [4],
      ),
    ).bytes;
    fc.assert(
      fc.property(change, fc.nat(base.length), fc.boolean(), (changes, cut, whole) => {
        const bytes = base.slice(0, whole ? base.length : cut);
        for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        tolerant(() => {
          const index = new PagedIndex(bytes);
          for (const address of [0, 0xfff, 0x1000, 0x1020, 0x102f, 0x1037, 0x1038, -(2 ** 31), 2 ** 31 - 1]) {
            tolerant(() => {
              if (index.find(address, range)) expect(range.start <= address && address < range.end).toBe(true);
            });
            tolerant(() => {
              index.findLsda(address, entry);
            });
          }
          tolerant(() => {
            index.personality(1);
          });
        });
      }),
      { numRuns: 2000 },
    );
  });
});
