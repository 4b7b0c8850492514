import { describe, expect, it } from 'vitest';
import { x86_64 } from '../../../engine/architecture/index.ts';
import { FrameHeader, HeaderRowSource } from '../../../engine/dwarf/index.ts';
import { Row } from '../../../engine/row/row.ts';
import { type Content, covering, FrameBytes, rowText, text, u16, u32, u64, x86Cie } from './frame-bytes.ts';

const headerAddress = 0x4000;
const row = new Row(x86_64.columnCount);

const sectionOf = (...content: Content) => ({
  address: BigInt(headerAddress),
  bytes: Uint8Array.from(content.flat()),
});

/** Functions at 0x1000..0x1010, 0x1020..0x1030 and 0x1030..0x1040 in a section at 0x5000. */
function threeFunctions() {
  const frames = new FrameBytes();
  const cie = frames.cie(...x86Cie);
  const offsets = [0x1000, 0x1020, 0x1030].map((start, i) =>
    frames.fde(cie, covering(start, 0x10), [0x0e, 16 + 8 * i]),
  );
  const entries = offsets.map((offset, i) => [[0x1000, 0x1020, 0x1030][i]!, 0x5000 + offset] as const);
  return { section: frames.section(), entries };
}

/** Version 1, pcrel sdata4 address of `.eh_frame` at 0x5000, udata4 count, datarel sdata4 table. */
const usual = (entries: readonly (readonly [number, number])[]): Content => [
  [1, 0x1b, 0x03, 0x3b],
  u32(0x5000 - (headerAddress + 4)),
  u32(entries.length),
  ...entries.flatMap(([start, fde]) => [u32(start - headerAddress), u32(fde - headerAddress)]),
];

function rowAt(source: HeaderRowSource, pc: bigint | number): string | undefined {
  const address = BigInt(pc);
  const found = source.lookup(Number(address & 0xffffffffn), Number(address >> 32n), row);
  return found ? rowText(row, x86_64).split(' rip')[0] : undefined;
}

const expected = [
  [0x0fff, undefined],
  [0x1000, '1000..1010 CFA=rsp+16'],
  [0x100f, '1000..1010 CFA=rsp+16'],
  [0x1010, undefined], // a gap: the table alone would say the first function
  [0x101f, undefined],
  [0x1020, '1020..1030 CFA=rsp+24'],
  [0x1030, '1030..1040 CFA=rsp+32'],
  [0x1040, undefined],
  [0x1_0000_1000, undefined],
  [0x9000, undefined],
] as const;

describe('FrameHeader', () => {
  it('reads the address of .eh_frame and the number of entries', () => {
    const { entries } = threeFunctions();
    expect(new FrameHeader(sectionOf(...usual(entries)))).toMatchObject({
      version: 1,
      ehFrame: 0x5000n,
      count: 3,
      tableEncoding: 0x3b,
    });
  });

  it('has no table where count or table are omitted (libunwind #161)', () => {
    expect(new FrameHeader(sectionOf([1, 0x1b, 0xff, 0xff], u32(0xffc)))).toMatchObject({ ehFrame: 0x5000n, count: 0 });
    expect(new FrameHeader(sectionOf([1, 0x1b, 0x03, 0xff], u32(0xffc), u32(3)))).toMatchObject({ count: 0 });
    expect(new FrameHeader(sectionOf([1, 0xff, 0xff, 0xff]))).toMatchObject({ ehFrame: undefined, count: 0 });
  });

  it.each([0, 1, 2, 3, 4, 7, 8, 11, 35])('cut off after %i bytes is invalid (LLVM #68815)', (size) => {
    const { entries } = threeFunctions();
    const { address, bytes } = sectionOf(...usual(entries));
    expect(bytes).toHaveLength(36);
    expect(() => new FrameHeader({ address, bytes: bytes.subarray(0, size) })).toThrow(
      expect.objectContaining({ name: 'UnwindError', kind: 'invalid', section: '.eh_frame_hdr' }),
    );
  });

  it('with a count of 2^32 and more is invalid', () => {
    for (const count of [-1n, 0x1_0000_0000n]) {
      const header = sectionOf([1, 0x1b, 0x04, 0x3b], u32(0xffc), u64(count));
      expect(() => new FrameHeader(header)).toThrow(/a table that ends/);
    }
  });

  it.each([
    ['version 2', [2, 0x1b, 0x03, 0x3b]],
    ['version 0', [0, 0x1b, 0x03, 0x3b]],
    ['a table of LEB128 numbers', [1, 0x1b, 0x03, 0x31]],
    ['an aligned table', [1, 0x1b, 0x03, 0x50]],
    ['an indirect table', [1, 0x1b, 0x03, 0xbb]],
    ['a table that counts from .text', [1, 0x1b, 0x03, 0x2b]],
    ['a table that counts from a function', [1, 0x1b, 0x03, 0x4b]],
    ['a count of a format that does not exist', [1, 0x1b, 0x0f, 0x3b]],
    ['a count relative to something', [1, 0x1b, 0x13, 0x3b]],
  ])('%s is unsupported', (_, start) => {
    expect(() => new FrameHeader(sectionOf(start, u32(0xffc), u32(1), u64(0)))).toThrow(
      expect.objectContaining({ kind: 'unsupported', section: '.eh_frame_hdr' }),
    );
  });
});

describe('HeaderRowSource', () => {
  const tables: [string, number, (address: number) => number[]][] = [
    ['datarel sdata4', 0x3b, (address) => u32(address - headerAddress)],
    ['datarel sdata8', 0x3c, (address) => u64(address - headerAddress)],
    ['absptr', 0x00, u64],
    ['udata2', 0x02, u16],
    ['udata4', 0x03, u32],
    ['udata8', 0x04, u64],
  ];

  it.each(tables)('finds FDEs in a table of %s, and nothing in gaps', (_, encoding, write) => {
    const { section, entries } = threeFunctions();
    const header = sectionOf(
      [1, 0x1b, 0x03, encoding],
      u32(0xffc),
      u32(entries.length),
      entries.flatMap((entry) => entry.flatMap(write)),
    );
    const source = new HeaderRowSource(header, section);
    expect(source.headerProblem).toBeUndefined();
    expect(source.usesTable).toBe(true);
    expect(expected.map(([pc]) => [pc, rowAt(source, pc)])).toEqual(expected);
  });

  it('moves a table of addresses that count from nothing with the module', () => {
    const bias = 0x7f00_0000_0000n;
    const frames = new FrameBytes();
    const fde = frames.fde(frames.cie(...x86Cie), covering(0x1000, 0x10));
    const { bytes } = sectionOf([1, 0x1b, 0x03, 0x00], u32(0xffc), u32(1), u64(0x1000), u64(0x5000 + fde));
    const section = frames.section({ address: bias + 0x5000n, loadBias: bias });
    const source = new HeaderRowSource({ address: bias + 0x4000n, bytes }, section);
    // The count is a number: it does not move.
    expect(source.usesTable).toBe(true);
    expect(rowAt(source, bias + 0x1000n)).toBe('7f0000001000..7f0000001010 CFA=rsp+8');
    expect(rowAt(source, 0x1000)).toBeUndefined();
  });

  it('does not look further than the table', () => {
    const { section, entries } = threeFunctions();
    const source = new HeaderRowSource(sectionOf(...usual(entries.slice(0, 2))), section);
    expect(rowAt(source, 0x1020)).toBeDefined();
    expect(rowAt(source, 0x1030)).toBeUndefined();
  });

  it.each([
    ['no table', [[1, 0x1b, 0xff, 0xff], u32(0xffc)], false],
    ['an empty table', [[1, 0x1b, 0x03, 0x3b], u32(0xffc), u32(0)], false],
    ['no bytes', [], true],
    ['three bytes', [[1, 0x1b, 0x03]], true],
    ['version 2', [[2, 0x1b, 0x03, 0x3b], u32(0xffc), u32(0)], true],
    ['a table that is cut off', [[1, 0x1b, 0x03, 0x3b], u32(0xffc), u32(3), u32(0)], true],
  ] as [string, Content, boolean][])('uses the list of the section where the header has %s', (_, content, problem) => {
    const { section } = threeFunctions();
    const source = new HeaderRowSource(sectionOf(...content), section);
    expect(source.headerProblem !== undefined).toBe(problem);
    expect(source.usesTable).toBe(false);
    expect(expected.map(([pc]) => [pc, rowAt(source, pc)])).toEqual(expected);
  });

  it('FDEs without a range do not hide those that cover the address (lld #218124, mold #1648)', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    const real = frames.fde(cie, covering(0x1000, 0x10));
    const empty = frames.fde(cie, covering(0x1000, 0));
    const inside = frames.fde(cie, covering(0x1008, 0));
    const at = (fde: number) => 0x5000 + fde;
    for (const entries of [
      [
        [0x1000, at(empty)],
        [0x1000, at(real)],
        [0x1008, at(inside)],
      ],
      [
        [0x1000, at(real)],
        [0x1000, at(empty)],
        [0x1008, at(inside)],
      ],
    ] as [number, number][][]) {
      const source = new HeaderRowSource(sectionOf(...usual(entries)), frames.section());
      expect([0x1000, 0x1007, 0x1008, 0x100f].map((pc) => rowAt(source, pc))).toEqual(
        new Array(4).fill('1000..1010 CFA=rsp+8'),
      );
      expect(rowAt(source, 0x1010)).toBeUndefined();
    }
  });

  it('searches by signed distances: functions before and behind the header, and far away', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    const base = 0xffff_0000_0000_4000n; // the header's address
    const starts = [base - 0x7000_0000n, base - 0x10n, base + 0x7000_0000n];
    const offsets = starts.map((start) => frames.fde(cie, covering(start, 0x10)));
    const entries = offsets.flatMap((offset, i) => [...u32(Number(starts[i]! - base)), ...u32(0x1000 + offset)]);
    const { bytes } = sectionOf([1, 0x1b, 0x03, 0x3b], u32(0xffc), u32(3), entries);
    const source = new HeaderRowSource({ address: base, bytes }, frames.section({ address: base + 0x1000n }));
    for (const start of starts) {
      expect(rowAt(source, start)).toBe(`${start.toString(16)}..${(start + 16n).toString(16)} CFA=rsp+8`);
      expect(rowAt(source, start - 1n)).toBeUndefined();
      expect(rowAt(source, start + 16n)).toBeUndefined();
      expect(rowAt(source, start & 0xffffffffn)).toBeUndefined();
    }
    expect(rowAt(source, base - 0x9000_0000n)).toBeUndefined();
    expect(rowAt(source, base + 0x9000_0000n)).toBeUndefined();
  });

  it('finds a function that reaches further than 2 GiB from the header', () => {
    const frames = new FrameBytes();
    const fde = frames.fde(frames.cie(...x86Cie), covering(0x1000, 0x1_0000_0000n));
    const source = new HeaderRowSource(sectionOf(...usual([[0x1000, 0x5000 + fde]])), frames.section());
    expect(rowAt(source, 0x9000_0000)).toBe('1000..100001000 CFA=rsp+8');
  });

  it('tells functions apart whose addresses have the same low half', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    const starts = [0x2000n, 0x1_0000_1000n, 0x2_0000_1800n];
    const entries = starts.flatMap((start) => [...u64(start), ...u64(0x5000 + frames.fde(cie, covering(start, 16)))]);
    const source = new HeaderRowSource(sectionOf([1, 0x1b, 0x03, 0x04], u32(0xffc), u32(3), entries), frames.section());
    for (const start of starts) expect(rowAt(source, start)).toMatch(`${start.toString(16)}..`);
    expect(rowAt(source, 0x1_0000_2000n)).toBeUndefined();
  });

  it('finds FDEs in a section that lies across 2^32', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    const offset = frames.fde(cie, covering(0xffff_0000, 0x10));
    const base = 0xffff_eff0n;
    const entry = [...u32(0xffff_0000 - Number(base)), ...u32(0x1000 + offset)];
    const { bytes } = sectionOf([1, 0x1b, 0x03, 0x3b], u32(0xffc), u32(1), entry);
    const source = new HeaderRowSource({ address: base, bytes }, frames.section({ address: base + 0x1000n }));
    expect(rowAt(source, 0xffff_0000)).toBe('ffff0000..ffff0010 CFA=rsp+8');
  });

  it.each([
    ['before the section', 0x4fff],
    ['behind the section', 0x6000],
    ['to a CIE', 0x5000],
    ['into an entry', 0x5003],
  ])('an entry that points %s is invalid, and spoils its own addresses only', (_, target) => {
    const { section, entries } = threeFunctions();
    const source = new HeaderRowSource(sectionOf(...usual([entries[0]!, [0x1020, target], entries[2]!])), section);
    expect(rowAt(source, 0x1000)).toBe('1000..1010 CFA=rsp+16');
    const outside = target < 0x5000 || target === 0x6000;
    expect(() => rowAt(source, 0x1020)).toThrow(
      expect.objectContaining({ kind: 'invalid', section: outside ? '.eh_frame_hdr' : '.eh_frame' }),
    );
    expect(rowAt(source, 0x1030)).toBe('1030..1040 CFA=rsp+32');
  });

  it('an FDE of a CIE that cannot be used is an error at its addresses', () => {
    const frames = new FrameBytes();
    const fde = frames.fde(frames.cie(1, text('zRC'), 1, 0x78, 16, 1, 0x00), covering(0x1000, 0x10));
    const source = new HeaderRowSource(sectionOf(...usual([[0x1000, 0x5000 + fde]])), frames.section());
    expect(() => rowAt(source, 0x1000)).toThrow(expect.objectContaining({ kind: 'unsupported' }));
    expect(rowAt(source, 0x1010)).toBeUndefined();
  });
});
