import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import {
  type FrameSection,
  formatRow,
  ListRowSource,
  Module,
  openElfModule,
  precompute,
  readElf,
  UnwindError,
  x86_64,
} from '../../../engine/index.ts';
import { readManifest } from '../../fixtures/manifest.ts';
import { covering, FrameBytes, u32, x86Cie } from '../dwarf/frame-bytes.ts';
import { handMadeModule } from '../hand-made.ts';

/** All that a module says of an address. */
function said(module: Module, pc: bigint): unknown {
  try {
    const row = module.rowAt(pc);
    if (row === undefined) return undefined;
    const { ruleColumn: _, ruleKind, ruleLo, ruleHi, bytes, cfaLo, cfaHi, ...rest } = row;
    return { ...rest, text: formatRow(row, module.architecture) };
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    return error.message;
  }
}

function listModule(...sections: readonly FrameSection[]): Module {
  return new Module('list', x86_64, 0n, 2n ** 64n - 1n, new ListRowSource(sections));
}

type Function = readonly [start: bigint | number, size: bigint | number, ...instructions: number[]];

function sectionOf(
  functions: readonly Function[],
  kind: '.eh_frame' | '.debug_frame' = '.eh_frame',
  address = 0x5000n,
) {
  const frames = new FrameBytes(kind);
  const cie = kind === '.eh_frame' ? frames.cie(...x86Cie) : frames.cie([1, 0, 1, 0x78, 16, 0x0c, 7, 8, 0x90, 1]);
  for (const [start, size, ...instructions] of functions) {
    const range = covering(start, size);
    frames.fde(cie, kind === '.eh_frame' ? range : range.slice(0, 16), instructions);
  }
  if (kind === '.eh_frame') frames.raw(u32(0));
  return frames.section({ address });
}

/** rsp+16 behind four bytes, rsp+24 behind eight. */
const twoRows = [0x44, 0x0e, 16, 0x44, 0x0e, 24];
/** An instruction nobody knows behind four bytes. */
const broken = [0x44, 0x3f];

/** Expects the same answers at every address; returns them, and at which addresses the origin was asked. */
function compare(module: Module, from: bigint, to: bigint) {
  const table = precompute(module);
  const lookup = vi.spyOn(module.source, 'lookup');
  const answers = new Map<bigint, unknown>();
  const asked: bigint[] = [];
  for (let pc = from; pc < to; pc++) {
    lookup.mockClear();
    answers.set(pc, said(table, pc));
    if (lookup.mock.calls.length > 0) asked.push(pc);
  }
  lookup.mockRestore();
  for (const [pc, answer] of answers) expect(answer, pc.toString(16)).toEqual(said(module, pc));
  return { answers, asked };
}

describe('precompute()', () => {
  it('knows every row, at each of its addresses, without asking again', () => {
    const section = sectionOf([
      [0x1000, 0x10, ...twoRows],
      [0x1020, 0x10],
      [0x1010, 0x10, ...twoRows],
    ]);
    const { answers, asked } = compare(listModule(section), 0xff8n, 0x1038n);
    expect(answers.get(0x1007n)).toMatchObject({ text: 'CFA=rsp+16 rip=[CFA-8]', startLo: 0x1004, functionLo: 0x1000 });
    expect(answers.get(0x1018n)).toMatchObject({ text: 'CFA=rsp+24 rip=[CFA-8]', startLo: 0x1018, endLo: 0x1020 });
    expect([answers.get(0xfffn), answers.get(0x1030n)]).toEqual([undefined, undefined]);
    expect(asked.filter((pc) => pc >= 0x1000n && pc < 0x1030n)).toEqual([]);
  });

  it('has nothing between functions', () => {
    const section = sectionOf([
      [0x1000, 0x8, ...twoRows],
      [0x1010, 0x8, ...twoRows],
      [0x8000, 0x4],
    ]);
    const { answers } = compare(listModule(section), 0x1000n, 0x1020n);
    expect(answers.get(0x1008n)).toBeUndefined();
    expect(answers.get(0x100fn)).toBeUndefined();
    expect(compare(listModule(section), 0x7ff0n, 0x8010n).answers.get(0x8003n)).toBeDefined();
  });

  it('gives the error of a function that is unusable, at each of its addresses, and rows before and behind it', () => {
    const section = sectionOf([
      [0x1000, 0x10, ...twoRows],
      [0x1010, 0x10, ...broken],
      [0x1020, 0x10, ...twoRows],
    ]);
    const { answers, asked } = compare(listModule(section), 0x1000n, 0x1030n);
    // What stands before the fault is as good as ever.
    expect(answers.get(0x1011n)).toMatchObject({ text: 'CFA=rsp+8 rip=[CFA-8]' });
    expect(answers.get(0x1014n)).toMatch(/0x3f/);
    expect(asked).toEqual(Array.from({ length: 16 }, (_, i) => 0x1010n + BigInt(i)));
  });

  it('does not go through a long function again for each of its instructions', () => {
    const instructions: number[] = [];
    for (let b = 0; b < 16; b++) {
      for (let a = 0; a < 16; a++) {
        for (let other = 0; other < 16; other++) instructions.push(0x83, other, 0x83, a);
        instructions.push(0x86, b, 0x83, a);
      }
    }
    const section = sectionOf([
      [0x1000, 0x10, ...instructions, ...twoRows],
      [0x1010, 0x10, ...twoRows],
    ]);
    const readFde = vi.spyOn(section, 'readFde');
    const { answers, asked } = compare(listModule(section), 0x1000n, 0x1020n);
    expect(answers.get(0x1008n)).toMatchObject({ text: expect.stringMatching(/^CFA=rsp.24 rbx=/) });
    expect(asked).toEqual([]);
    // Most of its 8000 instructions are met in a state of their own.
    expect(readFde.mock.calls.length).toBeLessThan(1000);
  });

  it('leaves overlapping functions to the search', () => {
    const section = sectionOf([
      [0x1000, 0x20, ...twoRows],
      [0x1008, 0x8, 0x0e, 32],
      [0x1030, 0x10, ...twoRows],
      [0x1030, 0x10, 0x0e, 40],
      [0x1040, 0x10, ...twoRows],
    ]);
    const { asked } = compare(listModule(section), 0x1000n, 0x1050n);
    expect(asked).not.toContain(0x1048n);
    expect(asked).toContain(0x1000n);
  });

  it('takes the first section that covers an address', () => {
    const first = sectionOf([
      [0x1000, 0x10, 0x0e, 16],
      [0x1020, 0x10, ...broken],
    ]);
    const second = sectionOf(
      [
        [0x1008, 0x10, 0x0e, 24],
        [0x1020, 0x10, 0x0e, 32],
        [0x1030, 0x10, 0x0e, 40],
      ],
      '.debug_frame',
    );
    const { answers, asked } = compare(listModule(first, second), 0x1000n, 0x1040n);
    expect(answers.get(0x1008n)).toMatchObject({ section: '.eh_frame' });
    expect(answers.get(0x1010n)).toMatchObject({ section: '.debug_frame' });
    expect(answers.get(0x1024n)).toMatch(/^\.eh_frame/);
    expect(answers.get(0x1030n)).toMatchObject({ section: '.debug_frame' });
    expect(asked).not.toContain(0x1030n);
  });

  it.each([
    ['across 4 GiB', 0xffff_fff0n, -0x1000n],
    ['across 4 GiB, before the section', 0xffff_fff0n, 0x1000n],
    ['in the upper half', 0xffff_ffff_8000_0000n, -0x1000n],
    ['up to the last address', 0xffff_ffff_ffff_ffd0n, -0x1000n],
  ])('has rows %s', (_, base, distance) => {
    const section = sectionOf(
      [
        [base, 0x8, ...twoRows],
        [base + 8n, 0x20, ...twoRows, 0x44, 0x0e, 32],
      ],
      '.eh_frame',
      base + distance,
    );
    const { answers, asked } = compare(listModule(section), base - 4n, base + 0x2cn);
    expect(answers.get(base + 0x10n)).toMatchObject({ text: 'CFA=rsp+24 rip=[CFA-8]' });
    expect(asked.filter((pc) => pc >= base && pc < base + 0x28n)).toEqual([]);
    const far = listModule(section);
    expect(said(precompute(far), base ^ (1n << 40n))).toEqual(said(far, base ^ (1n << 40n)));
  });

  it('knows nothing of an empty section', () => {
    const module = listModule(sectionOf([]));
    expect(said(precompute(module), 0x1000n)).toBeUndefined();
    expect(said(precompute(module), 0n)).toBeUndefined();
  });

  it('keeps name, architecture and range of the module', () => {
    const { source } = listModule(sectionOf([[0x1000, 0x10]]));
    const module = new Module('libc.so.6', x86_64, 0x7f00_0000_1000n, 0x7f01_0000_0000n, source);
    const { source: _, ...rest } = precompute(module);
    const { source: __, ...expected } = module;
    expect(rest).toEqual(expected);
  });

  it('returns a module as it is that does not read DWARF', () => {
    const { module } = handMadeModule(x86_64, [{ start: 0n, end: 16n, row: {} }]);
    expect(precompute(module)).toBe(module);
  });

  describe.each(['header', 'list'] as const)('of whole files, searched by %s', (lookup) => {
    it.each(
      readManifest()
        // Sections of object files have no addresses.
        .binaries.filter(({ path }, index) => index % 17 === 0 && !path.endsWith('.o'))
        .map(({ path }) => path),
    )('%s', (path) => {
      const elf = readElf(readFileSync(new URL(`../../fixtures/${path}`, import.meta.url)));
      const module = openElfModule(elf, { name: path, loadBias: 0n, lookup });
      const { address, bytes } = elf.section('.text')!;
      const { answers, asked } = compare(module, address, address + BigInt(Math.min(bytes.length, 6000)));
      const rows = [...answers.values()].filter((answer) => answer !== undefined);
      expect(rows.length).toBeGreaterThan(100);
      expect(asked.length).toBeLessThan(answers.size / 4);
    });
  });
});
