import { describe, expect, it } from 'vitest';
import { x86_64 } from '../../../engine/architecture/index.ts';
import { dwarfEncoding, FrameSection, fdes, ListRowSource } from '../../../engine/dwarf/index.ts';
import type { DescriptorEncoder, DescriptorLayout } from '../../../engine/elf-compact/descriptor-layout.ts';
import { linkedEncoding } from '../../../engine/elf-compact/linked-encoding.ts';
import { personalityOf } from '../../../engine/elf-compact/modes.ts';
import { objectEncoding } from '../../../engine/elf-compact/object-encoding.ts';
import { plainCoding } from '../../../engine/elf-compact/object-form/index.ts';
import { PagedIndex, paged } from '../../../engine/elf-compact/paged/index.ts';
import { streamForm } from '../../../engine/elf-compact/stream/index.ts';
import { buildFunctionTable, type EncodedModule, type Encoding } from '../../../engine/encoding/index.ts';
import { UnwindError } from '../../../engine/errors.ts';
import { CfaKind, Row, RuleKind } from '../../../engine/row/row.ts';
import { type Content, covering, FrameBytes, rowText, text, u64, x86Cie } from '../dwarf/frame-bytes.ts';

/** Bits 24–0: what to add to rsp, for as long as the descriptor reaches. */
const layout: DescriptorLayout = {
  name: 'test',
  architecture: x86_64,
  fill(lo, _hi, _offset, length, row) {
    row.startLo = 0;
    row.endLo = length;
    row.cfaKind = CfaKind.registerOffset;
    row.cfaColumn = 7;
    row.cfaLo = lo & 0x1ff_ffff;
    row.cfaHi = 0;
    row.ruleCount = 1;
    row.ruleColumn[0] = 16;
    row.ruleKind[0] = RuleKind.offset;
    row.ruleLo[0] = -8 >>> 0;
    row.ruleHi[0] = 0xffff_ffff;
    row.returnColumn = 16;
    row.signalFrame = false;
    row.argsSize = 0;
  },
  epilogueSize: () => -1,
  withEpilogueSize: () => false,
};

/** A descriptor a row, and only CFA=rsp+N with the return address below it. */
const encoder: DescriptorEncoder = {
  layout,
  encode(view, out) {
    const texts = Array.from({ length: view.rowCount }, (_, i) => {
      const row = view.row(i);
      return row === undefined ? 'no row' : rowText(row, x86_64);
    });
    const simple = texts.map((text) => /CFA=rsp\+(\d+) rip=\[CFA-8\]$/.exec(text)?.[1]);
    if (simple.includes(undefined)) return 'not simple';
    simple.forEach((offset, i) => {
      out.add(view.rowStart(i), (2 << 29) | Number(offset), 0);
    });
    return undefined;
  },
};

const pagedEncoding = linkedEncoding({ name: 'test', description: '', form: paged, encoders: { 'x86-64': encoder } });
const encodings: Readonly<Record<string, Encoding>> = {
  dwarf: dwarfEncoding,
  paged: pagedEncoding,
  stream: linkedEncoding({ name: 'stream', description: '', form: streamForm, encoders: { 'x86-64': encoder } }),
  objects: objectEncoding({
    name: 'objects',
    description: '',
    encoders: { 'x86-64': encoder },
    coding: plainCoding,
  }),
};

const address = 0x6_0000n;

function encode(encoding: Encoding, frames: FrameSection, at: bigint = address): EncodedModule {
  const functions = buildFunctionTable(frames, { source: new ListRowSource([frames]) });
  const module = encoding.encode({ functions, frames, address: at });
  const sizes = module.sections.reduce((sum, { bytes }) => sum + bytes.length, 0);
  expect(Object.values(module.parts).reduce((sum, size) => sum + size)).toBe(sizes);
  let next = at;
  for (const section of module.sections) {
    expect(section.address).toBe(next);
    next = section.address + BigInt(section.bytes.length);
  }
  return module;
}

/** What holds at an address: without the row's bounds, which may be narrower. */
function at(source: ReturnType<Encoding['open']>, pc: bigint): string {
  const row = new Row(x86_64.columnCount);
  try {
    const found = source.lookup(Number(pc & 0xffffffffn), Number(pc >> 32n), row);
    return found ? rowText(row, x86_64).replace(/^\S+ /, '') : 'nothing';
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    return error.kind;
  }
}

const push = [0x41, 0x0e, 16, 0x44, 0x0e, 8];
const savesRbx = [0x41, 0x0e, 16, 0x83, 2];

/** Functions that fit, that do not, that lie in others and that are broken, with gaps. */
function mixedSection(base = 0x1000n, sectionAt = 0x5000n): FrameSection {
  const frames = new FrameBytes();
  const cie = frames.cie(...x86Cie);
  const programs: readonly (readonly [number, number, Content])[] = [
    [0, 0x10, push],
    [0x10, 0x10, savesRbx],
    [0x20, 0x10, push],
    [0x40, 0x40, savesRbx],
    [0x50, 0x10, push],
    [0x80, 0x10, [0x41, 0x3f]],
    [0x100, 0x10, []],
  ];
  for (const [start, size, program] of programs) frames.fde(cie, covering(base + BigInt(start), size), ...program);
  return frames.section({ address: sectionAt });
}

describe.each(Object.entries(encodings))('%s', (name, encoding) => {
  it('says at every address what the section says', () => {
    const frames = mixedSection();
    const { sections, fallbacks, descriptors } = encode(encoding, frames);
    const opened = encoding.open(sections, x86_64);
    const source = new ListRowSource([frames]);
    for (let pc = 0xfe0n; pc < 0x1200n; pc++) {
      const expected = at(source, pc);
      const isGap = expected === 'nothing' && pc > 0x1000n && pc < 0x1110n;
      expect(isGap ? at(opened, pc).replace('CFA=rsp+8 rip=[CFA-8]', 'nothing') : at(opened, pc), pc.toString(16)).toBe(
        expected,
      );
    }
    if (name === 'dwarf') return;
    expect([...fallbacks]).toEqual([1, 3, 5, 6].map((i) => [i, 'not simple']));
    expect([...descriptors]).toEqual([3, 0, 3, 0, 3, 0, 0, 1]);
  });

  it('functions in the upper half of the address space, the sections in front of them or behind', () => {
    for (const base of [0xffff_ffff_8000_0000n, 0xffff_ffff_ffff_e000n, 0x7fff_fff0n]) {
      for (const distance of [-0x10_0000n, 0x1000n]) {
        const frames = mixedSection(base, BigInt.asUintN(64, base - 0x800n));
        const sectionsAt = BigInt.asUintN(64, base + distance);
        const opened = encoding.open(encode(encoding, frames, sectionsAt).sections, x86_64);
        const source = new ListRowSource([frames]);
        for (const offset of [0n, 1n, 5n, 0x11n, 0x21n, 0x45n, 0x51n, 0x65n, 0x88n, 0x10fn]) {
          const pc = base + offset;
          expect(at(opened, pc), pc.toString(16)).toBe(at(source, pc));
        }
      }
    }
  });

  it('a section without functions', () => {
    const frames = new FrameBytes();
    frames.cie(...x86Cie);
    const { sections, descriptors } = encode(encoding, frames.section());
    expect(descriptors.length).toBe(0);
    expect(at(encoding.open(sections, x86_64), 0x1000n)).toBe('nothing');
  });

  it('leaves out what cannot be moved, and says so', () => {
    const frames = new FrameBytes();
    frames.fde(
      frames.cie(1, text('SG'), 1, 0x78, 16, 0x0c, 7, 8),
      u64(0x1000),
      u64(0x10),
      0x01,
      u64(1n << 40n),
      0x0e,
      16,
    );
    frames.fde(frames.cie(...x86Cie), covering(0x1010, 0x10), ...push);
    const { sections, descriptors, fallbacks } = encode(encoding, frames.section());
    expect([...fallbacks]).toEqual([[0, 'its FDE cannot be moved']]);
    expect(descriptors[0]).toBe(0);
    const opened = encoding.open(sections, x86_64);
    expect([at(opened, 0x1000n), at(opened, 0x1010n)]).toEqual(['nothing', 'CFA=rsp+8 rip=[CFA-8]']);
  });

  it('refuses functions too far from the sections, and sections that are missing', () => {
    expect(() => encode(encoding, mixedSection(), 0x1_0000_0000n)).toThrow(UnwindError);
    expect(() => encoding.open([], x86_64)).toThrow(UnwindError);
  });
});

describe('linkedEncoding', () => {
  /** A function for each personality, with an LSDA. */
  function withPersonalities(addresses: readonly number[], indirect?: number): FrameSection {
    const frames = new FrameBytes();
    addresses.forEach((personality, i) => {
      const cie = frames.cie(
        1,
        text('zPLR'),
        1,
        0x78,
        16,
        11,
        personality === indirect ? 0x80 : 0x00,
        u64(personality),
        0x00,
        0x00,
        0x0c,
        7,
        8,
        0x90,
        1,
      );
      frames.fde(cie, u64(0x1000 + 0x10 * i), u64(0x10), 8, u64(0x4000 + 4 * i), ...push);
    });
    return frames.section();
  }

  it('a function keeps its LSDA and its personality routine', () => {
    const base = Number(address);
    const { sections } = encode(pagedEncoding, withPersonalities([0x7000, 0x7100, 0x7000], 0x7100));
    const index = new PagedIndex(sections[0]!.bytes);
    const entry = { function: 0, lsda: 0 };
    const range = { start: 0, end: 0, lo: 0, hi: 0 };
    const found = [0x1000, 0x1018, 0x102f].map((pc) => {
      expect(index.findLsda(pc - base, entry)).toBe(true);
      expect(index.find(pc - base, range)).toBe(true);
      return { start: entry.function + base, lsda: entry.lsda + base, personality: personalityOf(range.lo) };
    });
    expect(found).toEqual([
      { start: 0x1000, lsda: 0x4000, personality: 1 },
      { start: 0x1010, lsda: 0x4004, personality: 2 },
      { start: 0x1020, lsda: 0x4008, personality: 1 },
    ]);
    expect([index.personality(1) + base, index.personality(2) + base]).toEqual([0x7000, 0x7101]);
  });

  it('functions stay DWARF whose personality routine is one too many, or odd', () => {
    const routines = Array.from({ length: 8 }, (_, i) => 0x7000 + 16 * i);
    const { fallbacks, sections } = encode(pagedEncoding, withPersonalities([...routines, 0x7000, 0x7001]));
    expect([...fallbacks]).toEqual([
      [7, 'more than 7 personality routines'],
      [9, 'personality routine at an odd address'],
    ]);
    expect(
      Array.from(
        fdes(new FrameSection({ kind: '.eh_frame', architecture: x86_64, section: sections[1]! })),
        ({ start, lsda }) => [start, lsda],
      ),
    ).toEqual([
      [0x1070n, 0x401cn],
      [0x1090n, 0x4024n],
    ]);
  });

  it('descriptors refer to FDEs behind a header of any size', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    for (let i = 0; i < 1500; i++) frames.fde(cie, covering(0x1000 + 16 * i, 16), ...(i % 3 === 0 ? push : savesRbx));
    const section = frames.section();
    const source = new ListRowSource([section]);
    for (const encoding of Object.values(encodings)) {
      const opened = encoding.open(encode(encoding, section, 0x10_0000n).sections, x86_64);
      for (let i = 0; i < 1500; i += 7) {
        for (const offset of [0, 1, 5, 15]) {
          const pc = BigInt(0x1000 + 16 * i + offset);
          expect(at(opened, pc)).toBe(at(source, pc));
        }
      }
    }
  });
});
