import { describe, expect, test } from 'vitest';
import { formatRow, openElfModule, readElf, UnwindError } from '../../../engine/index.ts';
import { pack, type SmallElf, type SmallSection, smallElf } from './small-elf.ts';

const text = 0x1000n;
const ehFrame = 0x2000n;
const header = 0x3000n;
const bias = 0x7f12_0000_0000n;

// DW_CFA_def_cfa rsp+8, DW_CFA_offset rip CFA-8.
const initialInstructions = [0x0c, 7, 8, 0x90, 1] as const;
const cie = (encoding: number): number[] => [
  ...pack([0x14, 4], [0, 4]),
  ...[1, 0x7a, 0x52, 0, 1, 0x78, 16, 1, encoding],
  ...initialInstructions,
  ...[0, 0],
];

/** `.eh_frame` at `ehFrame`: a CIE, an FDE for 16 bytes at `text` with CFA rsp+16 from 4 on, a terminator. */
function ehFrameBytes(): Uint8Array {
  const fdeAt = 24;
  const location = text - (ehFrame + BigInt(fdeAt + 8));
  const fde = pack([0x14, 4], [fdeAt + 4, 4], [location, 4], [0x10, 4], [0, 1]);
  return Uint8Array.from([...cie(0x1b), ...fde, 0x44, 0x0e, 16, 0, 0, 0, 0, ...new Uint8Array(4)]);
}

/** The same with the function's address as an absolute one. */
function absoluteEhFrameBytes(location: bigint): Uint8Array {
  const fde = pack([0x1c, 4], [28, 4], [location, 8], [0x10, 8], [0, 1]);
  return Uint8Array.from([...cie(0x00), ...fde, 0x44, 0x0e, 16, 0, 0, 0, 0, ...new Uint8Array(4)]);
}

const headerBytes = pack(
  ...([[1, 1], [0x1b, 1], [0x03, 1], [0x3b, 1]] as const),
  ...([[ehFrame - (header + 4n), 4], [1, 4], [text - header, 4], [ehFrame + 24n - header, 4]] as const),
); // biome-ignore format: the four encodings, then what they encode

function debugFrameBytes(location: bigint): Uint8Array {
  const debugCie = [...pack([0x14, 4], [0xffffffff, 4]), 1, 0, 1, 0x78, 16, ...initialInstructions, 0, 0, 0, 0, 0, 0];
  const fde = [...pack([0x1c, 4], [0, 4], [location, 8], [0x10, 8]), 0x44, 0x0e, 32, 0, 0, 0, 0, 0];
  return Uint8Array.from([...debugCie, ...fde]);
}

const sections: Record<'text' | 'ehFrame' | 'header', SmallSection> = {
  text: { name: '.text', type: 1, flags: 6, address: text, bytes: new Uint8Array(16).fill(0x90) },
  ehFrame: { name: '.eh_frame', type: 1, flags: 2, address: ehFrame, bytes: ehFrameBytes() },
  header: { name: '.eh_frame_hdr', type: 1, flags: 2, address: header, bytes: headerBytes },
};
const shared: SmallElf = {
  type: 3,
  machine: 62,
  sections: [sections.text, sections.ehFrame, sections.header],
  segments: [
    { type: 1, flags: 5, address: text, section: 1 },
    { type: 1, flags: 4, address: ehFrame, section: 2 },
    { type: 1, flags: 4, address: header, section: 3 },
    { type: 0x6474e550, flags: 4, address: header, section: 3 },
  ],
};

type Options = Parameters<typeof openElfModule>[1];

function open(elf: SmallElf, options: Partial<Options> = {}): ReturnType<typeof openElfModule> {
  return openElfModule(readElf(smallElf(elf)), { name: 'small', loadBias: bias, lookup: 'list', ...options });
}

function rowText(module: ReturnType<typeof openElfModule>, pc: bigint): string | undefined {
  const row = module.rowAt(pc);
  return row === undefined ? undefined : formatRow(row, module.architecture);
}

function failure(use: () => unknown): UnwindError {
  try {
    use();
  } catch (error) {
    if (error instanceof UnwindError) return error;
    throw error;
  }
  throw new Error('expected an UnwindError');
}

const atEntry = 'CFA=rsp+8 rip=[CFA-8]';
const later = 'CFA=rsp+16 rip=[CFA-8]';

describe('a shared object', () => {
  test.each(['header', 'list'] as const)('has its rows by %s, load bias included', (lookup) => {
    const module = open(shared, { lookup });
    expect(rowText(module, bias + text)).toBe(atEntry);
    expect(rowText(module, bias + text + 3n)).toBe(atEntry);
    expect(rowText(module, bias + text + 4n)).toBe(later);
    expect(rowText(module, bias + text + 15n)).toBe(later);
    expect(rowText(module, bias + text + 16n)).toBeUndefined();
    expect(rowText(module, bias + text - 1n)).toBeUndefined();
    expect(rowText(module, text)).toBeUndefined();
  });

  test.each(['header', 'list'] as const)('has its rows by %s in the upper half', (lookup) => {
    const upper = 0xffff_ffff_8000_0000n;
    expect(rowText(open(shared, { lookup, loadBias: upper }), upper + text + 4n)).toBe(later);
  });

  test.each(['header', 'list'] as const)('without section headers has its rows by %s', (lookup) => {
    expect(rowText(open({ ...shared, withoutSectionHeaders: true }, { lookup }), bias + text + 4n)).toBe(later);
  });

  test('spans its loadable segments', () => {
    const module = open(shared);
    const contains = (address: bigint): boolean =>
      module.contains(Number(address & 0xffffffffn), Number(address >> 32n));
    expect(contains(bias + text)).toBe(true);
    expect(contains(bias + text - 1n)).toBe(false);
    expect(contains(bias + header + BigInt(headerBytes.length) - 1n)).toBe(true);
    expect(contains(bias + header + BigInt(headerBytes.length))).toBe(false);
    expect(contains(text)).toBe(false);
  });

  test('spans its loaded sections where it has no segments', () => {
    const module = open({ ...shared, segments: [] });
    expect([module.startLo, module.startHi]).toEqual([Number(text), Number(bias >> 32n)]);
    expect([module.endLo, module.endHi]).toEqual([Number(header) + headerBytes.length, Number(bias >> 32n)]);
  });

  test('has the load bias added to absolute addresses', () => {
    const absolute: SmallSection = { ...sections.ehFrame, bytes: absoluteEhFrameBytes(text) };
    const elf: SmallElf = { ...shared, sections: [sections.text, absolute], segments: [] };
    expect(rowText(open(elf), bias + text + 4n)).toBe(later);
  });

  test('has absolute addresses that only a relocation’s addend holds, and those of no other place or type', () => {
    const absolute: SmallSection = { ...sections.ehFrame, bytes: absoluteEhFrameBytes(0xdeadn) };
    const end = ehFrame + BigInt(absolute.bytes.length);
    const entry = (place: bigint, type: number, addend: bigint) => pack([place, 8], [type, 4], [0, 4], [addend, 8]);
    const relocations: SmallSection = {
      name: '.rela.dyn',
      type: 4,
      flags: 2,
      entrySize: 24,
      bytes: Uint8Array.of(
        ...entry(ehFrame - 8n, 8, 1n),
        ...entry(ehFrame + 32n, 8, text),
        ...entry(ehFrame + 32n, 6, 1n),
        ...entry(ehFrame + 32n + (1n << 32n), 8, 1n),
        ...entry(end, 8, 1n),
      ),
    };
    const elf: SmallElf = { ...shared, sections: [sections.text, absolute, relocations], segments: [] };
    expect(rowText(open(elf), bias + text + 4n)).toBe(later);
  });
});

describe('.debug_frame', () => {
  const debugFrame: SmallSection = { name: '.debug_frame', type: 1, bytes: debugFrameBytes(text) };
  const both: SmallElf = { ...shared, sections: [sections.text, sections.ehFrame, debugFrame], segments: [] };
  const fromDebugFrame = 'CFA=rsp+32 rip=[CFA-8]';

  test('has the load bias added', () => {
    const elf: SmallElf = { ...shared, sections: [sections.text, debugFrame], segments: [] };
    expect(rowText(open(elf), bias + text + 4n)).toBe(fromDebugFrame);
  });

  test('is asked after .eh_frame', () => {
    expect(rowText(open(both), bias + text + 4n)).toBe(later);
  });

  test('is the only one asked where it is named', () => {
    expect(rowText(open(both, { section: '.debug_frame' }), bias + text + 4n)).toBe(fromDebugFrame);
  });

  test('that is compressed is unsupported', () => {
    const elf: SmallElf = { ...both, sections: [sections.text, { ...debugFrame, flags: 0x800 }] };
    expect(failure(() => open(elf))).toMatchObject({ kind: 'unsupported', section: '.debug_frame' });
  });
});

describe('what is absent', () => {
  const bare: SmallElf = { ...shared, sections: [sections.text], segments: [] };

  test('is missing where it was asked for', () => {
    expect(failure(() => open(bare, { section: '.eh_frame' }))).toMatchObject({
      kind: 'missing',
      section: '.eh_frame',
    });
    expect(failure(() => open(bare, { section: '.debug_frame' }))).toMatchObject({ kind: 'missing' });
    expect(failure(() => open(bare, { lookup: 'header' }))).toMatchObject({
      kind: 'missing',
      section: '.eh_frame_hdr',
    });
    expect(failure(() => open(shared, { lookup: 'header', section: '.debug_frame' }))).toMatchObject({
      kind: 'missing',
    });
  });

  test('covers no address where nothing was asked for', () => {
    expect(rowText(open(bare), bias + text)).toBeUndefined();
  });
});

describe('an object file', () => {
  const symbols: SmallSection = {
    name: '.symtab',
    type: 2,
    link: 6,
    entrySize: 24,
    bytes: pack(
      ...([[0, 8], [0, 8], [0, 8]] as const),
      ...([[0, 4], [3, 1], [0, 1], [1, 2], [0, 8], [0, 8]] as const),
      ...([[0, 4], [3, 1], [0, 1], [3, 2], [0, 8], [0, 8]] as const),
      ...([[1, 4], [0x10, 1], [0, 1], [0, 2], [0, 8], [0, 8]] as const),
    ), // biome-ignore format: null, section .text, section .debug_frame, undefined
  };
  const unrelocated = (bytes: Uint8Array, at: number, size: number): Uint8Array => bytes.slice().fill(0, at, at + size);
  const relocation = (name: string, info: number, bytes: Uint8Array): SmallSection => ({
    name,
    type: 4,
    link: 5,
    info,
    entrySize: 24,
    bytes,
  });
  /** `types`: the PC-relative 32-bit relocation, the absolute 64-bit and the absolute 32-bit one. */
  const object = (machine: number, types: readonly [number, number, number], symbol = 1, addend = 0): SmallElf => ({
    type: 1,
    machine,
    sections: [
      { ...sections.text, address: 0n },
      { ...sections.ehFrame, address: 0n, bytes: unrelocated(ehFrameBytes(), 32, 4) },
      { name: '.debug_frame', type: 1, bytes: unrelocated(debugFrameBytes(0n), 28, 4) },
      relocation('.rela.eh_frame', 2, pack([32, 8], [types[0], 4], [symbol, 4], [addend, 8])),
      symbols,
      { name: '.strtab', type: 3, bytes: new TextEncoder().encode('\0other\0') },
      relocation(
        '.rela.debug_frame',
        3,
        pack([28, 8], [types[2], 4], [2, 4], [0, 8], [32, 8], [types[1], 4], [1, 4], [0, 8]),
      ),
    ],
  });
  const sectionAddress = [0n, 0x40_0000_0000n, 0x40_0001_0000n, 0n, 0n, 0n, 0n, 0n, 0n];
  const options: Partial<Options> = { loadBias: 0n, sectionAddress };
  const kinds = [
    ['x86-64', 62, [2, 1, 10], 'rsp'],
    ['AArch64', 183, [261, 257, 258], 'x7'],
  ] as const;

  test.each(kinds)('of %s is relocated to where its sections were laid out', (_, machine, types, register) => {
    const module = open(object(machine, types), options);
    expect(rowText(module, 0x40_0000_0004n)).toContain(`CFA=${register}+16 `);
    expect(rowText(module, 0x40_0000_0010n)).toBeUndefined();
  });

  test('is not changed by being relocated, even where its bytes are a Buffer', () => {
    const bytes = Buffer.concat([Buffer.alloc(8), smallElf(object(62, [2, 1, 10]))]).subarray(8);
    const before = Uint8Array.from(bytes);
    const module = openElfModule(readElf(bytes), { name: 'small', lookup: 'list', loadBias: 0n, sectionAddress });
    expect(rowText(module, 0x40_0000_0004n)).toContain('CFA=rsp+16 ');
    expect(Uint8Array.from(bytes)).toEqual(before);
  });

  test.each(kinds)('of %s has addends applied', (_, machine, types, register) => {
    const module = open(object(machine, types, 1, 0x20), { ...options, section: '.eh_frame' });
    expect(rowText(module, 0x40_0000_0004n)).toBeUndefined();
    expect(rowText(module, 0x40_0000_0024n)).toContain(`CFA=${register}+16 `);
  });

  test.each(kinds)('of %s has its .debug_frame relocated, too', (_, machine, types, register) => {
    const module = open(object(machine, types), { ...options, section: '.debug_frame' });
    expect(rowText(module, 0x40_0000_0004n)).toContain(`CFA=${register}+32 `);
  });

  test('spans the sections that were laid out', () => {
    const module = open(object(62, [2, 1, 10]), options);
    expect([module.startLo, module.startHi]).toEqual([0, 0x40]);
    expect([module.endLo, module.endHi]).toEqual([0x10000 + ehFrameBytes().length, 0x40]);
  });

  test('keeps its bytes as they were', () => {
    const elf = readElf(smallElf(object(62, [2, 1, 10])));
    const before = [...elf.section('.eh_frame')!.bytes];
    openElfModule(elf, { name: 'small', lookup: 'list', loadBias: 0n, sectionAddress });
    expect([...elf.section('.eh_frame')!.bytes]).toEqual(before);
  });

  test('with a relocation that data does not use is unsupported', () => {
    expect(failure(() => open(object(62, [9, 1, 10]), options))).toMatchObject({ kind: 'unsupported', offset: 32 });
  });

  test('with a relocation that leaves the section is invalid', () => {
    const outside = object(62, [2, 1, 10]);
    const changed = relocation('.rela.eh_frame', 2, pack([ehFrameBytes().length - 3, 8], [2, 4], [1, 4], [0, 8]));
    const elf = { ...outside, sections: outside.sections.with(3, changed) };
    expect(failure(() => open(elf, options))).toMatchObject({ kind: 'invalid', section: '.eh_frame' });
  });

  test('with a relocation against no symbol is invalid', () => {
    expect(failure(() => open(object(62, [2, 1, 10], 9), options))).toMatchObject({ kind: 'invalid', offset: 32 });
  });

  test('leaves alone what is defined elsewhere', () => {
    const module = open(object(62, [2, 1, 10], 3), { ...options, section: '.eh_frame' });
    expect(rowText(module, 0x40_0000_0004n)).toBeUndefined();
  });
});
