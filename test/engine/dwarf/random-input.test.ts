import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aarch64, x86_64 } from '../../../engine/architecture/index.ts';
import {
  type FrameSection,
  type FrameSectionKind,
  fdes,
  HeaderRowSource,
  ListRowSource,
  rowsOf,
} from '../../../engine/dwarf/index.ts';
import { UnwindError } from '../../../engine/errors.ts';
import { formatRow } from '../../../engine/row/format-row.ts';
import { Row } from '../../../engine/row/row.ts';
import { covering, FrameBytes, text, u32, x86Cie } from './frame-bytes.ts';

/** Runs something that may only fail with an `UnwindError` that says where. */
function tolerant(body: () => void): void {
  try {
    body();
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    expect(error.offset).toBeGreaterThanOrEqual(-1);
    expect(error.message).toContain(error.section);
  }
}

/** Uses everything that reads a section, and checks what must hold of whatever comes out. */
function exercise(section: FrameSection, header: Uint8Array): void {
  const { architecture } = section;
  const row = new Row(architecture.columnCount);
  const addresses: bigint[] = [0n, 0x1000n, 0x1005n, 0xffffffff_ffffffffn];
  for (const fde of fdes(section)) {
    if (fde.error === undefined) {
      expect(fde.end >= fde.start).toBe(true);
      addresses.push(fde.start, fde.end - 1n, fde.end);
    }
    tolerant(() => {
      let previous = fde.start;
      for (const each of rowsOf(section, fde.offset)) {
        const start = (BigInt(each.startHi) << 32n) | BigInt(each.startLo);
        const end = (BigInt(each.endHi) << 32n) | BigInt(each.endLo);
        expect(start).toBe(previous);
        expect(end > start && end <= fde.end).toBe(true);
        expect(formatRow(each, architecture)).toMatch(/^CFA=/);
        previous = end;
      }
      expect(previous).toBe(fde.end);
    });
  }
  const sources = [
    new ListRowSource([section]),
    new HeaderRowSource({ address: section.section.address - 0x1000n, bytes: header }, section),
  ];
  for (const source of sources) {
    for (const address of addresses) {
      const lo = Number(address & 0xffffffffn);
      const hi = Number((address >> 32n) & 0xffffffffn);
      tolerant(() => {
        if (!source.lookup(lo, hi, row)) return;
        const start = (BigInt(row.startHi) << 32n) | BigInt(row.startLo);
        const end = (BigInt(row.endHi) << 32n) | BigInt(row.endLo);
        expect(start <= address && address < end).toBe(true);
      });
    }
  }
}

/** A section with a little of everything. */
function valid(kind: FrameSectionKind): FrameBytes {
  const frames = new FrameBytes(kind);
  const a = frames.cie(...x86Cie);
  const plrs = [7, 0x1b, u32(0x40), 0x1b, 0x1b].flat();
  const b = frames.cie(3, text('zPLRS'), 1, 0x78, 16, plrs, 0x0c, 7, 8, 0x90, 1, 0, 0, 0, 0, 0);
  const program = [0x41, 0x0e, 16, 0x86, 2, 0x0a, 0x42, 0x0d, 6, 0x2e, 8, 0x0b, 0x02, 9, 0x0f, 3, 0x77, 8, 0x06, 0xc6];
  frames.fde(a, covering(0x1000, 0x100), program);
  frames.fde(b, u32(0x100), u32(0x40), 4, u32(0x10), program, [0x10, 3, 2, 0x77, 40, 0x16, 34, 1, 0x31, 0x14, 12, 1]);
  frames.wide = true;
  frames.fde(frames.cie(...x86Cie), covering(0x2000, 0x10), [0x07, 16, 0x1d, 1, 0, 0, 0, 0, 0, 0, 0, 0x09, 3, 12]);
  frames.raw(u32(0));
  return frames;
}

/** The header of a section: every FDE in the order of its address. */
function headerOf(section: FrameSection): Uint8Array {
  const base = section.section.address - 0x1000n;
  const sorted = [...fdes(section)].sort((x, y) => Number(x.start - y.start));
  const entries = sorted.flatMap(({ start, offset }) => [...u32(Number(start - base)), ...u32(0x1000 + offset)]);
  return Uint8Array.from([1, 0x1b, 0x03, 0x3b, ...u32(0xffc), ...u32(sorted.length), ...entries]);
}

const kinds = fc.constantFrom<FrameSectionKind>('.eh_frame', '.debug_frame');
const architectures = fc.constantFrom(x86_64, aarch64);

describe('arbitrary input throws nothing but UnwindError and ends', () => {
  it('random bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(bytes, bytes, kinds, architectures, (content, header, kind, architecture) => {
        const frames = new FrameBytes(kind);
        frames.raw([...content]);
        exercise(frames.section({ architecture }), header);
      }),
      { numRuns: 200 },
    );
  });

  it('random instructions in sound entries', () => {
    const instructions = fc.array(fc.nat(255), { maxLength: 60 });
    fc.assert(
      fc.property(instructions, instructions, kinds, architectures, (initial, program, kind, architecture) => {
        const frames = new FrameBytes(kind);
        const cie = frames.cie(1, text('zR'), 1, 0x78, 16, 1, 0x00, 0x0c, 7, 8, ...initial);
        frames.fde(cie, covering(0x1000, 0x100), program);
        frames.fde(frames.cie(...x86Cie), covering(0x3000, 0x100), program);
        exercise(frames.section({ architecture }), new Uint8Array(0));
      }),
      { numRuns: 200 },
    );
  });

  it('sound sections and headers with some bytes changed, and cut off anywhere', () => {
    const change = fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)));
    const changes = fc.array(change, { maxLength: 4 });
    fc.assert(
      fc.property(kinds, architectures, changes, changes, fc.nat(), (kind, architecture, inSection, inHeader, cut) => {
        const content = [...valid(kind).bytes];
        const header = headerOf(valid(kind).section());
        for (const [at, byte] of inSection) content[at % content.length] = byte;
        for (const [at, byte] of inHeader) header[at % header.length] = byte;
        const frames = new FrameBytes(kind);
        // Half of the sections keep their length.
        frames.raw(content.slice(0, cut % 2 === 0 ? content.length : (cut >> 1) % content.length));
        exercise(frames.section({ architecture }), header);
      }),
      { numRuns: 400 },
    );
  });

  it('the sound section itself has no errors', () => {
    for (const kind of ['.eh_frame', '.debug_frame'] as const) {
      const section = valid(kind).section();
      const all = [...fdes(section)];
      expect(all.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
      expect(all.map(({ offset }) => [...rowsOf(section, offset)].length)).toEqual([4, 4, 2]);
      const source = new HeaderRowSource({ address: 0x4000n, bytes: headerOf(section) }, section);
      expect(source.headerProblem).toBeUndefined();
      for (const { start } of all) {
        expect(source.lookup(Number(start), 0, new Row(x86_64.columnCount))).toBe(true);
      }
    }
  });
});
