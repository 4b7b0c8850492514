import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FrameSection, fdes, HeaderRowSource, ListRowSource } from '../../../engine/dwarf/index.ts';
import { codeBytes, openElfModule, readElf } from '../../../engine/elf/index.ts';
import { buildFunctionTable, type FunctionTable, FunctionView } from '../../../engine/encoding/index.ts';
import { UnwindError } from '../../../engine/errors.ts';
import { formatRow } from '../../../engine/row/format-row.ts';
import { Row } from '../../../engine/row/row.ts';
import { fixturesFolder, readManifest } from '../../fixtures/manifest.ts';
import { type Content, covering, FrameBytes, text, u32, u64, x86Cie } from '../dwarf/frame-bytes.ts';

const address = 0x5000n;

/** FDEs of (start, size); the n-th one has CFA=rsp+n. */
function sectionOf(...ranges: readonly (readonly [number, number])[]): FrameSection {
  const frames = new FrameBytes();
  const cie = frames.cie(1, text('zR'), 1, 0x78, 16, 1, 0x00);
  ranges.forEach(([start, size], i) => {
    frames.fde(cie, covering(start, size), [0x0c, 7, i + 1]);
  });
  return frames.section();
}

/** Each function as `START..END`, then its rows, then the number of the FDE (from 1) where it has none. */
function described(table: FunctionTable, frames: FrameSection): string[] {
  const offsets = Array.from(fdes(frames), ({ offset }) => offset);
  const view = new FunctionView(table);
  return Array.from({ length: table.count }, (_, i) => {
    view.moveTo(i);
    const at = (distance: number): string => Number(table.base + BigInt(distance)).toString(16);
    const rows = Array.from({ length: view.rowCount }, (_, row) => {
      const content = view.row(row);
      if (content === undefined) return `FDE ${offsets.indexOf(table.fdeOffset[i]!) + 1}`;
      return `+${view.rowStart(row)} ${formatRow(content, table.architecture).split(' ')[0]}`;
    });
    return `${at(table.start[i]!)}..${at(table.end[i]!)} ${rows.join(' ')}`;
  });
}

function listTable(frames: FrameSection): FunctionTable {
  return buildFunctionTable(frames, { source: new ListRowSource([frames]) });
}

/** `.eh_frame_hdr` at 0x4000 with a table of (address, FDE offset). */
function headerSource(frames: FrameSection, entries: readonly (readonly [number, number])[]): HeaderRowSource {
  const base = 0x4000;
  const table = entries.flatMap(([start, offset]) => [u32(start - base), u32(Number(address) + offset - base)].flat());
  const bytes = Uint8Array.from([
    1,
    0x1b,
    3,
    0x3b,
    ...u32(Number(address) - base - 4),
    ...u32(entries.length),
    ...table,
  ]);
  return new HeaderRowSource({ address: BigInt(base), bytes }, frames);
}

describe('buildFunctionTable', () => {
  it('lists functions by address, with their rows', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    frames.fde(cie, covering(0x2000, 0x10), [0x41, 0x0e, 16], [0x43, 0x0e, 24]);
    frames.fde(cie, covering(0x1000, 0));
    frames.fde(cie, covering(0x1000, 8));
    const section = frames.section();
    const table = listTable(section);
    expect(described(table, section)).toEqual([
      '1000..1008 +0 CFA=rsp+8',
      '2000..2010 +0 CFA=rsp+8 +1 CFA=rsp+16 +4 CFA=rsp+24',
    ]);
    expect(table.base).toBe(address);
    expect(Array.from(table.lsda)).toEqual([0, 0]);
    expect(Array.from(table.personality)).toEqual([-1, -1]);
  });

  it('lists what is left of a function that others lie in, without rows', () => {
    const frames = sectionOf([0x1000, 0x100], [0x1010, 0x10], [0x1010, 0x10], [0x2000, 1]);
    expect(described(listTable(frames), frames)).toEqual([
      '1000..1010 FDE 1',
      '1010..1020 +0 CFA=rsp+2',
      '1020..1100 FDE 1',
      '2000..2001 +0 CFA=rsp+4',
    ]);
  });

  it('lists functions of which each hides a part of the one before', () => {
    const frames = sectionOf([0x1000, 0x30], [0x1010, 0x30], [0x1020, 0x30]);
    expect(described(listTable(frames), frames)).toEqual([
      '1000..1010 FDE 1',
      '1010..1020 FDE 2',
      '1020..1050 +0 CFA=rsp+3',
    ]);
  });

  it('leaves out what the table of the header does not lead to', () => {
    const frames = sectionOf([0x1000, 0x100], [0x1010, 0x10], [0x2000, 0x10]);
    const [first, second, third] = Array.from(fdes(frames), ({ offset }) => offset) as [number, number, number];
    const nested = headerSource(frames, [
      [0x1000, first],
      [0x1010, second],
    ]);
    expect(described(buildFunctionTable(frames, { source: nested }), frames)).toEqual([
      '1000..1010 FDE 1',
      '1010..1020 +0 CFA=rsp+2',
    ]);
    const shifted = headerSource(frames, [
      [0x1000, first],
      [0x2003, third],
    ]);
    expect(described(buildFunctionTable(frames, { source: shifted }), frames)).toEqual([
      '1000..1100 +0 CFA=rsp+1',
      '2003..2010 FDE 3',
    ]);
  });

  it('an FDE without addresses in the header does not hide a function', () => {
    const frames = sectionOf([0x1000, 0x100], [0x1010, 0]);
    const [first, second] = Array.from(fdes(frames), ({ offset }) => offset) as [number, number];
    const source = headerSource(frames, [
      [0x1000, first],
      [0x1010, second],
    ]);
    expect(described(buildFunctionTable(frames, { source }), frames)).toEqual(['1000..1100 FDE 1']);
  });

  it('another section that comes first hides what it covers', () => {
    const first = sectionOf([0x1000, 0x20]);
    const frames = sectionOf([0x1010, 0x7fff_0000], [0x1000, 0x10]);
    const source = new ListRowSource([first, frames]);
    expect(described(buildFunctionTable(frames, { source }), frames)).toEqual(['1020..7fff1010 FDE 1']);
  });

  it('names LSDA and personality routine of each function', () => {
    const frames = new FrameBytes();
    const plain = frames.cie(...x86Cie);
    const cie = (personality: Content): number =>
      frames.cie(1, text('zPLR'), 1, 0x78, 16, 11, ...personality, 0x00, 0x00, 0x0c, 7, 8, 0x90, 1);
    const direct = cie([0x00, u64(0x7000)]);
    const indirect = cie([0x80, u64(0x7000)]);
    const far = cie([0x00, u64(0x1_8000_5000n)]);
    const withLsda = (start: number, lsda: bigint): Content => [u64(start), u64(0x10), 8, u64(lsda)];
    frames.fde(plain, covering(0x1000, 0x10));
    frames.fde(direct, ...withLsda(0x1010, 0x4000n));
    frames.fde(direct, ...withLsda(0x1020, 0n));
    frames.fde(indirect, ...withLsda(0x1030, 0x4010n));
    frames.fde(far, ...withLsda(0x1040, 0x4020n));
    frames.fde(direct, ...withLsda(0x1050, 0x8000_5000n));
    const section = frames.section();
    const table = listTable(section);
    expect(Array.from(table.lsda)).toEqual([0, -0x1000, 0, -0xff0, 0, 0]);
    expect(Array.from(table.personality)).toEqual([-1, 0, 0, 1, -1, -1]);
    expect(table.personalities).toEqual([
      { address: 0x2000, indirect: false },
      { address: 0x2000, indirect: true },
    ]);
    expect(described(table, section).slice(4)).toEqual(['1040..1050 FDE 5', '1050..1060 FDE 6']);
  });

  it('says at every address what the source says there', () => {
    const range = fc.tuple(fc.nat(60), fc.nat(20));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), fc.boolean(), (ranges, byHeader) => {
        const frames = sectionOf(...ranges);
        const offsets = Array.from(fdes(frames), ({ offset }) => offset);
        const entries = ranges.map(([start], i) => [start, offsets[i]!] as const).sort((a, b) => a[0] - b[0]);
        const source = byHeader ? headerSource(frames, entries) : new ListRowSource([frames]);
        const table = buildFunctionTable(frames, { source });
        const row = new Row(table.architecture.columnCount);
        const view = new FunctionView(table);
        for (let pc = 0; pc < 90; pc++) {
          const expected = source.lookup(pc, 0, row) ? row.cfaLo : undefined;
          const covering = Array.from({ length: table.count }, (_, i) => i).filter(
            (i) => table.start[i]! + 0x5000 <= pc && table.end[i]! + 0x5000 > pc,
          );
          expect(covering.length).toBe(expected === undefined ? 0 : 1);
          if (expected === undefined) continue;
          const found = view.moveTo(covering[0]!).row(0)?.cfaLo;
          expect(found ?? 1 + offsets.indexOf(table.fdeOffset[covering[0]!]!)).toBe(expected);
        }
      }),
    );
  });

  it('has all functions of a compiled program, with their code', () => {
    for (const { path: name } of readManifest().binaries) {
      const elf = readElf(readFileSync(new URL(name, fixturesFolder)));
      const header = elf.section('.eh_frame_hdr');
      if (header === undefined) continue;
      const loadBias = 0x10_0000n;
      const { source } = openElfModule(elf, { name, loadBias, lookup: 'header' });
      if (!(source instanceof HeaderRowSource)) throw new Error('expected a header');
      const [frames] = source.sections as [FrameSection];
      const code = codeBytes(elf, { loadBias, sectionAddress: [] });
      const table = buildFunctionTable(frames, { source, code });
      const covered = Array.from(fdes(frames)).filter(({ start, end }) => start !== end);
      expect(table.count).toBeGreaterThanOrEqual(covered.length);
      const textSection = elf.section('.text')!;
      const start = covered.find((f) => f.start >= textSection.address + loadBias)!.start;
      const index = table.start.indexOf(Number(start - table.base));
      const offset = Number(start - loadBias - textSection.address);
      expect(table.code(index)).toEqual(
        textSection.bytes.subarray(offset, offset + table.end[index]! - table.start[index]!),
      );
    }
  });

  it('leaves a function whose instructions are unusable without rows', () => {
    const frames = new FrameBytes();
    frames.fde(frames.cie(...x86Cie), covering(0x1000, 0x10), [0x41, 0x3f]);
    const section = frames.section();
    expect(() => new ListRowSource([section]).lookup(0x1001, 0, new Row(64))).toThrow(UnwindError);
    expect(described(listTable(section), section)).toEqual(['1000..1010 FDE 1']);
  });
});
