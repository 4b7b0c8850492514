import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aarch64, x86_64 } from '../../../../engine/architecture/index.ts';
import { FrameSection, fdes, ListRowSource, rowsOf } from '../../../../engine/dwarf/index.ts';
import { rewriteFrames } from '../../../../engine/dwarf/write/rewrite-frames.ts';
import { openElfModule, readElf } from '../../../../engine/elf/index.ts';
import { UnwindError } from '../../../../engine/errors.ts';
import { Memory, MemoryWindow } from '../../../../engine/memory.ts';
import { Row } from '../../../../engine/row/row.ts';
import { fixturesFolder, readManifest } from '../../../fixtures/manifest.ts';
import { type Content, covering, FrameBytes, rowText, text, u16, u32, u64, x86Cie } from '../frame-bytes.ts';

const target = 0x9_0000n;

/** All FDEs of a section at another address. */
function moved(frames: FrameSection, address: bigint = target): FrameSection {
  const offsets = Array.from(fdes(frames), ({ offset }) => offset);
  const { bytes, unmovable } = rewriteFrames(frames, offsets, address);
  expect([...unmovable]).toEqual([]);
  return new FrameSection({ kind: '.eh_frame', section: { address, bytes }, architecture: frames.architecture });
}

/** Everything that matters of a section but where its parts lie; an error by its kind. */
function described(frames: FrameSection): unknown[] {
  return Array.from(fdes(frames), ({ offset, cieOffset, start, end, lsda, lsdaIndirect, signalFrame }) => {
    const { personality, bKey, taggedFrame, codeAlignment } = frames.cieAt(cieOffset);
    const { present, indirect, lo, hi } = personality;
    const routine = present ? { indirect, lo, hi } : undefined;
    const about = { start, end, lsda, lsdaIndirect, signalFrame, bKey, taggedFrame, codeAlignment, routine };
    return { ...about, rows: rows(frames, offset) };
  });
}

function rows(frames: FrameSection, offset: number): readonly string[] {
  const texts: string[] = [];
  try {
    for (const row of rowsOf(frames, offset)) {
      const { returnColumn, argsSize, signState } = row;
      texts.push(`${rowText(row, frames.architecture)} ${[returnColumn, argsSize, signState]}`);
    }
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    texts.push(error.kind);
  }
  return texts;
}

/** A section of one FDE. */
function single(cie: Content, fde: Content, options: Parameters<FrameBytes['section']>[0] = {}): FrameSection {
  const frames = new FrameBytes();
  frames.fde(frames.cie(...cie), ...fde);
  return frames.section(options);
}

describe('rewriteFrames', () => {
  it('moves every FDE of every compiled program, and nothing that it says changes', () => {
    for (const { path } of readManifest().binaries) {
      const elf = readElf(readFileSync(new URL(path, fixturesFolder)));
      const sectionAddress = elf.sections.map((_, i) => 0x10_0000n * BigInt(i + 1));
      const options = { name: path, loadBias: 0x40_0000n, sectionAddress, lookup: 'list' as const };
      const { source } = openElfModule(elf, { ...options, section: '.eh_frame' });
      const [frames] = (source as ListRowSource).sections as [FrameSection];
      const before = described(frames);
      expect(before.length).toBeGreaterThan(0);
      expect(described(moved(frames, frames.section.address + 0x123_4560n))).toEqual(before);
    }
  });

  it('keeps only what it is asked to keep, with its CIE, and a terminator', () => {
    const frames = new FrameBytes();
    const first = frames.cie(...x86Cie);
    frames.fde(first, covering(0x1000, 0x10));
    const second = frames.cie(...x86Cie, 0, 0);
    frames.fde(first, covering(0x2000, 0x10));
    const kept = frames.fde(second, covering(0x3000, 0x10), 0x41, 0x0e, 16);
    const section = frames.section();
    const { bytes, fdeOffset } = rewriteFrames(section, [kept], target);
    const after = new FrameSection({ kind: '.eh_frame', section: { address: target, bytes }, architecture: x86_64 });
    expect(Array.from(fdes(after), ({ offset, start }) => [offset, start])).toEqual([[fdeOffset.get(kept), 0x3000n]]);
    expect([...fdeOffset.keys()]).toEqual([kept]);
    expect([...bytes.subarray(-4)]).toEqual([0, 0, 0, 0]);
    expect([...rewriteFrames(section, [], target).bytes]).toEqual([0, 0, 0, 0]);
  });

  it('counts every pointer from its own place, whatever it counted from', () => {
    const bases = { textBase: 0x1_0000n, dataBase: 0x2_0000n };
    const encoded = (encoding: number, personality: Content, lsda: Content, start: Content): FrameSection =>
      single(
        [1, text('zPLR'), 1, 0x78, 16, 11, encoding, ...personality, encoding, encoding, 0x0c, 7, 8, 0x90, 1],
        [...start, 8, ...lsda, 0x41, 0x0e, 16],
        bases,
      );
    const absolute = encoded(0x00, [u64(0x7000)], [u64(0x6000)], [u64(0x1000), u64(0x10)]);
    const text64 = encoded(0x24, [u64(0x7000)], [u64(0x6000)], [u64(0x1000), u64(0x10)]);
    const data64 = encoded(0x34, [u64(-0x7000)], [u64(0x6000)], [u64(0x1000), u64(0x10)]);
    for (const frames of [absolute, text64, data64]) expect(described(moved(frames))).toEqual(described(frames));
    expect(described(text64)).toMatchObject([{ start: 0x1_1000n, lsda: 0x1_6000n, routine: { lo: 0x1_7000 } }]);
  });

  it('an LSDA counted from its function, and one that is missing', () => {
    const cie: Content = [1, text('zLR'), 1, 0x78, 16, 2, 0x44, 0x00, 0x0c, 7, 8, 0x90, 1];
    const frames = new FrameBytes();
    const offset = frames.cie(...cie);
    frames.fde(offset, u64(0x1000), u64(0x10), 8, u64(0x300), 0x41, 0x0e, 16);
    frames.fde(offset, u64(0x2000), u64(0x10), 8, u64(0));
    const after = moved(frames.section());
    expect(Array.from(fdes(after), ({ lsda }) => lsda)).toEqual([0x1300n, undefined]);
    expect(described(after)).toEqual(described(frames.section()));
  });

  it('follows indirect addresses of functions, and leaves other indirect pointers indirect', () => {
    const memory = new Memory([new MemoryWindow(0x8000n, Uint8Array.from(u64(0x1000)))]);
    const frames = single(
      [1, text('zPLR'), 1, 0x78, 16, 11, 0x80, u64(0x7000), 0x80, 0x80, 0x0c, 7, 8, 0x90, 1],
      [u64(0x8000), u64(0x10), 8, u64(0x6000)],
      { memory },
    );
    expect(described(moved(frames))).toEqual(described(frames));
    expect(described(frames)).toMatchObject([
      { start: 0x1000n, lsda: 0x6000n, lsdaIndirect: true, routine: { indirect: true } },
    ]);
  });

  it('keeps signal frames, keys, tags, return columns and factors', () => {
    const cie: Content = [1, text('zRSBG'), 4, 0x70, 30, 1, 0x00, 0x0c, 31, 0];
    const frames = single(cie, [...[covering(0x1000, 0x40)], 0x42, 0x0e, 16, 0x9e, 2, 0x2d], { architecture: aarch64 });
    expect(described(moved(frames))).toEqual(described(frames));
    expect(described(frames)).toMatchObject([{ signalFrame: true, bKey: true, taggedFrame: true, codeAlignment: 4 }]);
  });

  it('CIEs of other versions and without augmentation, and .debug_frame', () => {
    const plain = [1, 0x78, 16, 0x0c, 7, 8, 0x90, 1];
    const fde: Content = [u64(0x1000), u64(0x10), 0x41, 0x0e, 16];
    for (const cie of [
      [1, text(''), ...plain],
      [3, text(''), ...plain],
      [4, text(''), 8, 0, ...plain],
      [1, text('eh'), u64(0x1234), ...plain],
      [1, text('S'), ...plain],
    ]) {
      const frames = single(cie, fde);
      expect(described(frames)).toMatchObject([{ start: 0x1000n, rows: { length: 2 } }]);
      expect(described(moved(frames))).toEqual(described(frames));
    }
    for (const wide of [false, true]) {
      const frames = new FrameBytes('.debug_frame', wide);
      frames.fde(frames.cie(4, text(''), 8, 0, ...plain), ...fde);
      expect(described(moved(frames.section()))).toEqual(described(frames.section()));
    }
  });

  it('moves locations that instructions set, and keeps expressions with their addresses', () => {
    const frames = single(x86Cie, [
      ...[covering(0x1000, 0x40)],
      ...[0x01, u64(0x1010), 0x0e, 16],
      ...[0x0f, 9, 0x03, u64(0x1234)].flat(),
      ...[0x01, u64(0x1020), 0x10, 3, 2, 0x77, 8, 0x00, 0x00],
    ]);
    const after = described(moved(frames));
    expect(after).toEqual(described(frames));
    expect(after).toMatchObject([{ rows: { length: 3 } }]);
  });

  it('every instruction with its operands, however long', () => {
    const programs: Readonly<Record<string, Content>> = {
      steps: [
        0x41,
        0x0e,
        16,
        0x02,
        2,
        0x0e,
        24,
        0x03,
        u16(2),
        0x0e,
        32,
        0x04,
        u32(2),
        0x0e,
        40,
        0x1d,
        u64(2),
        0x0e,
        48,
      ],
      registers: [
        0x05, 3, 2, 0x06, 3, 0x07, 3, 0x08, 12, 0x09, 13, 14, 0x11, 6, 0x7e, 0x14, 15, 2, 0x15, 15, 2, 0x2f, 3, 2,
      ],
      'states and the CFA': [0x0a, 0x41, 0x0c, 6, 16, 0x0d, 7, 0x12, 6, 0x7e, 0x13, 0x7d, 0x0b, 0x2e, 16],
      expressions: [0x0f, 2, 0x77, 8, 0x10, 3, 2, 0x77, 8, 0x41, 0x16, 3, 2, 0x77, 8, 0x41, 0x0c, 7, 8],
      'long numbers': [0x0e, 0x80, 0x80, 0x01, 0x01, u64(0x1004), 0x0e, 8],
    };
    for (const [name, program] of Object.entries(programs)) {
      // A location at the end, which is moved only where every operand before it was passed over.
      const frames = single(x86Cie, [covering(0x1000, 0x40), ...program, 0x01, u64(0x1030), 0x0e, 64]);
      expect(described(moved(frames)), name).toEqual(described(frames));
      expect(rows(frames, Array.from(fdes(frames))[0]!.offset).at(-1), name).toContain('1030..1040 CFA=rsp+64');
    }
  });

  it('errors stay where they are', () => {
    for (const program of [
      [0x41, 0x3f, 0, 0, 0],
      [0x41, 0x0e, 16, 0x41, 0x0e],
      [0x41, 0x0e, 16, 0x41, 0x0b],
      [0x41, 0x10, 3, 9, 0],
      [0x41, 0x2d],
    ]) {
      const frames = single(x86Cie, [covering(0x1000, 0x40), ...program]);
      const before = described(frames);
      expect(JSON.stringify(before, (_, value) => (typeof value === 'bigint' ? String(value) : value))).toMatch(
        /invalid|unsupported/,
      );
      expect(described(moved(frames))).toEqual(before);
    }
    const brokenCie = single([1, text('zR'), 1, 0x78, 16, 1, 0x00, 0x0c, 7, 8, 0x0e], [covering(0x1000, 0x40)]);
    expect(described(brokenCie)).toMatchObject([{ rows: ['invalid'] }]);
    expect(described(moved(brokenCie))).toEqual(described(brokenCie));
  });

  it('reaches functions farther away than 2 GiB, also across the end of the address space', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    frames.fde(cie, covering(0x1000, 0x10), 0x41, 0x0e, 16);
    frames.fde(
      cie,
      covering(0xffff_ffff_8000_0000n, 0x1_0000_0000 - 1 - 0x8000_0000),
      0x01,
      u64(0xffff_ffff_8000_0010n),
    );
    const section = frames.section();
    for (const address of [target, 0x7f12_3456_7000n, 0xffff_ffff_ffff_f000n]) {
      expect(described(moved(section, address))).toEqual(described(section));
    }
  });

  it('says what cannot be moved, and moves the rest', () => {
    const frames = new FrameBytes();
    const unknown = frames.fde(frames.cie(1, text('xyz'), 1, 0x78, 16), covering(0x1000, 0x10));
    const cie = frames.cie(...x86Cie);
    const far = frames.fde(cie, covering(0x2000, 0x10), 0x01, u64(0x7f12_3456_7000n), 0x0e, 16);
    const good = frames.fde(cie, covering(0x3000, 0x10), 0x41, 0x0e, 16);
    const { bytes, fdeOffset, unmovable } = rewriteFrames(frames.section(), [unknown, far, good], target);
    expect([...fdeOffset.keys()]).toEqual([good]);
    expect([...unmovable].map(([offset, { kind }]) => [offset, kind])).toEqual([
      [unknown, 'unsupported'],
      [far, 'invalid'],
    ]);
    const after = new FrameSection({ kind: '.eh_frame', section: { address: target, bytes }, architecture: x86_64 });
    const row = new Row(x86_64.columnCount);
    expect(new ListRowSource([after]).lookup(0x3008, 0, row)).toBe(true);
    expect(rowText(row, x86_64)).toBe('3001..3010 CFA=rsp+16 rip=[CFA-8]');
  });
});
