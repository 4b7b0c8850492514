import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aarch64, x86_64 } from '../../../engine/architecture/index.ts';
import { RuleSets } from '../../../engine/cache/rule-sets.ts';
import { FrameSection, fdes, rowsOf } from '../../../engine/dwarf/index.ts';
import { readElf } from '../../../engine/elf/index.ts';
import { UnwindError } from '../../../engine/errors.ts';
import { askSection } from '../../../engine/precomputed/row-states.ts';
import { SectionRows } from '../../../engine/precomputed/section-rows.ts';
import { formatRow } from '../../../engine/row/format-row.ts';
import { Row } from '../../../engine/row/row.ts';
import { readManifest } from '../../fixtures/manifest.ts';
import { aarch64Cie, type Content, covering, FrameBytes, text, u16, u32, x86Cie } from '../dwarf/frame-bytes.ts';

interface FunctionText {
  readonly offset: number;
  readonly start: bigint;
  readonly end: bigint;
  /** Start and content of each row, or undefined where one of them is an error. */
  readonly rows: readonly string[] | undefined;
}

/** What the machine says of every function that covers addresses. */
function byMachine(section: FrameSection): FunctionText[] {
  const covered = Array.from(fdes(section)).filter(({ start, end }) => start !== end);
  return covered.map(({ offset, start, end }) => ({ offset, start, end, rows: rowTexts(section, offset) }));
}

function rowTexts(section: FrameSection, offset: number): string[] | undefined {
  try {
    return Array.from(rowsOf(section, offset), (row) => {
      const start = (BigInt(row.startHi) << 32n) | BigInt(row.startLo);
      return `${start.toString(16)} ${content(row, section)}`;
    });
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    return undefined;
  }
}

function content(row: Row, { architecture }: FrameSection): string {
  const { returnColumn, signalFrame, bKey, argsSize, signState } = row;
  return `${formatRow(row, architecture)} ${JSON.stringify([returnColumn, signalFrame, bKey, argsSize, signState])}`;
}

/** The same from all rows evaluated at once. */
function atOnce(section: FrameSection): FunctionText[] {
  const sets = new RuleSets(section.architecture);
  const all = new SectionRows(section, sets);
  const row = new Row(section.architecture.columnCount);
  const { address } = section.section;
  return Array.from({ length: all.functionCount }, (_, index) => {
    const rows: string[] = [];
    let told = true;
    for (let i = all.firstRow[index]!; i < all.firstRow[index + 1]!; i++) {
      const set = all.ruleSetOf(i);
      if (set === askSection) told = false;
      else {
        sets.fill(set, row);
        rows.push(`${(address + BigInt(all.rowStart[i]!)).toString(16)} ${content(row, section)}`);
      }
    }
    return {
      offset: all.fdeOffset[index]!,
      start: address + BigInt(all.functionStart[index]!),
      end: address + BigInt(all.functionEnd[index]!),
      rows: told ? rows : undefined,
    };
  });
}

/** `zR` with DW_EH_PE_pcrel | DW_EH_PE_sdata4, as compilers make it. */
const usualX86Cie: Content = [1, text('zR'), 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1];

/** A section at 0x5000 of functions of 0x100 bytes, each with the given instructions. */
function usualSection(programs: readonly Content[], cie: Content = usualX86Cie, architecture = x86_64): FrameSection {
  const frames = new FrameBytes();
  const cieOffset = frames.cie(...cie);
  programs.forEach((program, index) => {
    const start = 0x10000 + 0x100 * index - (0x5000 + frames.length + 8);
    frames.fde(cieOffset, u32(start), u32(0x100), 0, ...program);
  });
  frames.raw(u32(0));
  return frames.section({ architecture });
}

/** push rbp; mov rbp, rsp; …: what GCC and clang write. */
const withFramePointer = [0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x02, 0x80, 0x0c, 7, 8];
const withSaves = [0x42, 0x0e, 16, 0x8f, 2, 0x42, 0x0e, 24, 0x8e, 3, 0x04, 9, 0, 0, 0, 0x0e, 0xb0, 0x01, 0x4c];

describe('SectionRows', () => {
  const programs: Readonly<Record<string, Content>> = {
    'no instructions': [],
    'a frame pointer': withFramePointer,
    'saved registers and a large frame': withSaves,
    padding: [0x41, 0x0e, 16, 0, 0, 0],
    'remembered states': [0x41, 0x0e, 16, 0x83, 2, 0x0a, 0x44, 0x0e, 8, 0xc3, 0x45, 0x0b, 0x41, 0x0e, 24],
    'nested remembered states': [0x0a, 0x41, 0x0e, 16, 0x0a, 0x41, 0x0d, 6, 0x0b, 0x41, 0x0b, 0x41, 0x86, 2],
    'an offset that is no multiple of 8': [0x41, 0x0e, 12, 0x41, 0x0e, 16],
    'an offset of three bytes': [0x41, 0x0e, 0x80, 0x80, 0x04, 0x41, 0x0e, 8],
    'the largest offset that is packed': [0x41, 0x0e, 0xf8, 0xff, 0x07, 0x41, 0x0c, 7, 0xf8, 0xff, 0x07],
    'a register saved far away': [0x41, 0x83, 0x80, 0x01, 0x41, 0x83, 3],
    'steps of no length': [0x40, 0x0e, 16, 0x02, 0, 0x41, 0x0e, 24],
    'steps to the end and past it': [0x41, 0x0e, 16, 0x03, u16(0xff), 0x0e, 24],
    'what stands behind the end is not looked at': [0x03, u16(0x200), 0x3f, 0x3f],
    'a step beyond 2^31': [0x41, 0x0e, 16, 0x04, u32(0xfffffff0)],
    'other rules': [0x41, 0x07, 16, 0x08, 3, 0x09, 6, 3, 0x05, 12, 4, 0x06, 12, 0x11, 13, 0x7e],
    expressions: [0x41, 0x0f, 2, 0x77, 8, 0x10, 3, 2, 0x77, 16, 0x41, 0x0c, 7, 8],
    'sizes of arguments': [0x41, 0x2e, 16, 0x41, 0x2e, 0],
    'an unknown register': [0x41, 0x0d, 99, 0x41, 0x0d, 7],
    'an untracked register': [0x41, 0x05, 99, 2, 0x41, 0x0e, 16],
    'an unknown instruction': [0x41, 0x0e, 16, 0x41, 0x3f],
    'a sign state on x86-64': [0x41, 0x2d],
    'a state that was not remembered': [0x41, 0x0b],
    'an operand cut off': [0x41, 0x0e, 16, 0x41, 0x0e],
    'a register cut off': [0x41, 0x0c, 7],
    'a step cut off': [0x41, 0x03, 1],
    'a rule cut off': [0x41, 0x83],
    'a deep stack': [Array.from({ length: 40 }, () => 0x0a), 0x41, 0x0e, 16, Array.from({ length: 40 }, () => 0x0b)],
  };

  it.each(Object.entries(programs))('has the rows of the machine: %s', (_, program) => {
    // The function before and behind it must not suffer, and it must not matter whether it is the first one.
    const section = usualSection([program, withSaves, program, withFramePointer]);
    const expected = byMachine(section);
    expect(expected).toHaveLength(4);
    expect(expected[1]!.rows).toBeDefined();
    expect(atOnce(section)).toEqual(expected);
  });

  it('takes the factors and rules of each CIE for its own FDEs', () => {
    const frames = new FrameBytes();
    const cies: Content[] = [
      usualX86Cie,
      // The same rules at first, but another data alignment.
      [1, text('zR'), 1, 0x7c, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 2],
      // A signal frame with another code alignment and another rule to restore.
      [1, text('zRS'), 2, 0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1, 0x83, 4],
    ];
    const offsets = cies.map((cie) => frames.cie(...cie));
    for (let index = 0; index < 9; index++) {
      const start = 0x10000 + 0x100 * index - (0x5000 + frames.length + 8);
      frames.fde(offsets[index % 3]!, u32(start), u32(0x100), 0, [0x41, 0x83, 2, 0x42, 0xc3, 0x41, 0x0e, 16]);
    }
    const section = frames.section();
    const expected = byMachine(section);
    const texts = expected.map(({ rows }) => rows!.map((row) => row.replace(/^\w+/, '')).join());
    expect(new Set(texts).size).toBe(3);
    expect(atOnce(section)).toEqual(expected);
  });

  it('has the sign state of AArch64', () => {
    const cie: Content = [1, text('zR'), 4, 0x78, 30, 1, 0x1b, 0x0c, 31, 0];
    const program: Content = [0x41, 0x2d, 0x41, 0x0e, 16, 0x9d, 2, 0x9e, 1, 0x0a, 0x41, 0x2d, 0x41, 0x0b, 0x41, 0x2d];
    const section = usualSection([program, program], cie, aarch64);
    const expected = byMachine(section);
    expect(expected[0]!.rows!.join('\n')).toMatch(/1\]$/m);
    expect(atOnce(section)).toEqual(expected);
  });

  it('reads every other kind of address and section', () => {
    for (const kind of ['.eh_frame', '.debug_frame'] as const) {
      const frames = new FrameBytes(kind);
      const cie = frames.cie(...(kind === '.eh_frame' ? x86Cie : [1, text(''), 1, 0x78, 16, 0x0c, 7, 8, 0x90, 1]));
      const range = covering(0x1000, 0x100);
      frames.fde(cie, kind === '.eh_frame' ? range : range.slice(0, 16), withSaves);
      frames.raw(u32(0));
      const section = frames.section();
      expect(byMachine(section)[0]!.rows).toHaveLength(5);
      expect(atOnce(section)).toEqual(byMachine(section));
    }
    const section = usualSection([withSaves], aarch64Cie, aarch64);
    expect(atOnce(section)).toEqual(byMachine(section));
  });

  it('leaves out functions that are too far away, and those without addresses', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    frames.fde(cie, covering(0x1_0000_0000n, 0x100), withSaves);
    frames.fde(cie, covering(0x2000, 0), withSaves);
    const near = frames.fde(cie, covering(0x3000, 0x100), withSaves);
    const all = new SectionRows(frames.section(), new RuleSets(x86_64));
    expect(all.farFunctions).toBe(1);
    expect(Array.from(all.fdeOffset.subarray(0, all.functionCount))).toEqual([near]);
  });

  it('does not let addresses wrap below 0', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...usualX86Cie);
    for (const start of [-0x4000, -0x6000, -0x4000]) frames.fde(cie, u32(start), u32(0x10), 0, withSaves);
    const section = frames.section();
    const all = new SectionRows(section, new RuleSets(x86_64));
    expect(byMachine(section)[1]!.start).toBe(0xffff_ffff_ffff_f000n + BigInt(byMachine(section)[1]!.offset) + 8n);
    expect(all.farFunctions).toBe(1);
    expect(all.functionCount).toBe(2);
  });

  it('interns what rows say only when it is asked for', () => {
    const sets = new RuleSets(x86_64);
    const all = new SectionRows(usualSection([withSaves, withSaves]), sets);
    expect(all.rowCount).toBe(10);
    expect(sets.count).toBe(0);
    for (let i = 0; i < all.rowCount; i++) all.ruleSetOf(i);
    expect(sets.count).toBe(4);
  });

  it('agrees with the machine about any instructions', () => {
    const operand = fc.oneof(fc.nat(40), fc.nat(255));
    const instruction = fc.oneof(
      { weight: 3, arbitrary: fc.tuple(fc.integer({ min: 0x40, max: 0x50 })) },
      {
        weight: 3,
        arbitrary: fc.tuple(fc.constantFrom(0x0e, 0x0d, 0x83, 0x86, 0x8c, 0x02, 0x07, 0x08, 0x2e), operand),
      },
      { weight: 2, arbitrary: fc.tuple(fc.constantFrom(0x0a, 0x0b, 0x00, 0xc3, 0xc6)) },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom(0x0c, 0x05, 0x09, 0x14), operand, operand) },
      { weight: 1, arbitrary: fc.tuple(fc.nat(255)) },
    );
    const program = fc.array(instruction, { maxLength: 24 }).map((parts) => parts.flat());
    fc.assert(
      fc.property(fc.array(program, { minLength: 1, maxLength: 6 }), fc.boolean(), (bodies, arm) => {
        const section = usualSection(
          bodies.map((body) => [body]),
          usualX86Cie,
          arm ? aarch64 : x86_64,
        );
        expect(atOnce(section)).toEqual(byMachine(section));
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with the machine about damaged sections', () => {
    const frames = new FrameBytes();
    const lsda: Content = [1, text('zPLR'), 1, 0x78, 16, 7, 0x1b, u32(0x40), 0x1b, 0x1b, 0x0c, 7, 8, 0x90, 1];
    const cies = [frames.cie(...usualX86Cie), frames.cie(...lsda)];
    for (let index = 0; index < 6; index++) {
      const start = 0x10000 + 0x100 * index - (0x5000 + frames.length + 8);
      const second = index >= 3;
      const augmentation = second ? [4, ...u32(0x20)] : [0];
      frames.fde(cies[second ? 1 : 0]!, u32(start), u32(0x100), augmentation, withFramePointer, withSaves);
    }
    frames.raw(u32(0));
    const good = frames.bytes;
    const change = fc.tuple(fc.nat(good.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)));
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(0x5000n, 0x7fff_0000_5000n),
        (changes, address) => {
          const bytes = good.slice();
          for (const [offset, value] of changes) bytes[offset] = value;
          const section = new FrameSection({ kind: '.eh_frame', section: { address, bytes }, architecture: x86_64 });
          const far = ({ start, end }: FunctionText) =>
            start - address < -(2n ** 31n - 1n) || end - address > 2n ** 31n - 1n;
          expect(atOnce(section)).toEqual(byMachine(section).filter((one) => !far(one)));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each(
    readManifest()
      .binaries.filter((_, index) => index % 12 === 0)
      .map(({ path }) => path),
  )('agrees with the machine about %s', (path) => {
    const elf = readElf(readFileSync(new URL(`../../fixtures/${path}`, import.meta.url)));
    for (const kind of ['.eh_frame', '.debug_frame'] as const) {
      const found = elf.section(kind);
      if (found === undefined) continue;
      const { address, bytes } = found;
      const section = new FrameSection({ kind, section: { address, bytes }, architecture: elf.architecture });
      expect(atOnce(section)).toEqual(byMachine(section));
    }
  });
});
