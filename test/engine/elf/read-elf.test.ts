import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aarch64, type ElfFile, readElf, UnwindError, x86_64 } from '../../../engine/index.ts';
import { pack, type SmallElf, smallElf } from './small-elf.ts';

const strings = new TextEncoder().encode('\0main\0counter\0');

/** .text 1, .bss 2, .symtab 3, .strtab 4, .rela.text 5, .rel.text 6, .debug_x 7, .dynsym 8, .dynstr 9, .rela.dyn 10 */
const example: SmallElf = {
  type: 2,
  machine: 62,
  entry: 0x40_1000n,
  sections: [
    { name: '.text', type: 1, flags: 6, address: 0x40_1000n, bytes: Uint8Array.of(0xc3, 0x90, 0x90, 0x90) },
    { name: '.bss', type: 8, flags: 3, address: 0x40_2000n, bytes: new Uint8Array(0), size: 0x5000_0000 },
    {
      name: '.symtab',
      type: 2,
      link: 4,
      entrySize: 24,
      bytes: pack(
        ...([[0, 8], [0, 8], [0, 8]] as const),
        ...([[1, 4], [0x12, 1], [0, 1], [1, 2], [0x40_1000, 8], [4, 8]] as const),
        ...([[6, 4], [0x11, 1], [0, 1], [0xfff1, 2], [0xffff_ffff_ffff_fff0n, 8], [8, 8]] as const),
      ), // biome-ignore format: one line a symbol
    },
    { name: '.strtab', type: 3, bytes: strings },
    {
      name: '.rela.text',
      type: 4,
      link: 3,
      info: 1,
      entrySize: 24,
      bytes: pack([2, 8], [4, 4], [1, 4], [-4, 8]),
    },
    { name: '.rel.text', type: 9, link: 3, info: 1, entrySize: 16, bytes: pack([3, 8], [2, 4], [2, 4]) },
    { name: '.debug_x', type: 1, flags: 0x800, bytes: Uint8Array.of(1, 2, 3) },
    {
      name: '.dynsym',
      type: 11,
      flags: 2,
      link: 9,
      entrySize: 24,
      bytes: pack([1, 4], [0x22, 1], [0, 1], [0, 2], [0, 8], [0, 8]),
    },
    { name: '.dynstr', type: 3, flags: 2, bytes: strings },
    {
      name: '.rela.dyn',
      type: 4,
      flags: 2,
      link: 8,
      info: 1,
      entrySize: 24,
      bytes: pack([0x40_2000, 8], [8, 4], [0, 4], [0x1234, 8]),
    },
  ],
  segments: [
    { type: 1, flags: 5, address: 0x40_1000n, section: 1 },
    { type: 1, flags: 6, address: 0x40_2000n, section: 2, memorySize: 0x5000_0000 },
  ],
};
const exampleBytes = smallElf(example);

function failure(bytes: Uint8Array, use: (elf: ElfFile) => unknown = () => undefined): UnwindError {
  try {
    use(readElf(bytes));
  } catch (error) {
    if (error instanceof UnwindError) return error;
    throw error;
  }
  throw new Error('expected an UnwindError');
}

function changed(change: (view: DataView) => void): Uint8Array {
  const bytes = exampleBytes.slice();
  change(new DataView(bytes.buffer));
  return bytes;
}

/** Offset in the file of the header of section `index`. */
function sectionHeader(index: number): number {
  const view = new DataView(exampleBytes.buffer);
  return Number(view.getBigUint64(40, true)) + 64 * index;
}

/** Everything there is to read. */
function readAll(elf: ElfFile): void {
  elf.symbols();
  for (const section of elf.sections) {
    elf.relocations(section);
    if ((section.flags & 0x800) === 0) section.bytes.at(-1);
  }
}

describe('readElf', () => {
  const elf = readElf(exampleBytes);

  test('reads the header', () => {
    expect([elf.type, elf.machine, elf.entry]).toEqual([2, 62, 0x40_1000n]);
    expect(elf.architecture).toBe(x86_64);
    expect(readElf(smallElf({ ...example, machine: 183, type: 3 })).architecture).toBe(aarch64);
  });

  test('reads the sections with their names and bytes', () => {
    expect(elf.sections.map(({ name }) => name)).toEqual([
      '',
      ...example.sections.map(({ name }) => name),
      '.shstrtab',
    ]);
    const text = elf.section('.text');
    expect(text).toMatchObject({ index: 1, type: 1, flags: 6, address: 0x40_1000n, size: 4, alignment: 16 });
    expect([...text!.bytes]).toEqual([0xc3, 0x90, 0x90, 0x90]);
    expect(elf.section('.rela.text')).toMatchObject({ link: 3, info: 1, entrySize: 24 });
    expect(elf.section('.nowhere')).toBeUndefined();
  });

  test('shares the file’s bytes', () => {
    expect(elf.section('.text')!.bytes.buffer).toBe(exampleBytes.buffer);
  });

  test('gives a section without bytes in the file its size, and no bytes', () => {
    expect(elf.section('.bss')!.size).toBe(0x5000_0000);
    expect(elf.section('.bss')!.bytes.length).toBe(0);
  });

  test('refuses compressed bytes only when they are asked for', () => {
    const section = elf.section('.debug_x')!;
    expect(section.size).toBe(3);
    expect(() => section.bytes).toThrow(/\.debug_x: expected a section that is not compressed/);
  });

  test('reads the segments', () => {
    expect(elf.segments).toHaveLength(2);
    expect(elf.segments[0]).toMatchObject({ type: 1, flags: 5, address: 0x40_1000n, fileSize: 4, memorySize: 4 });
    expect([...elf.segments[0]!.bytes]).toEqual([0xc3, 0x90, 0x90, 0x90]);
    expect(elf.segments[1]).toMatchObject({ fileSize: 0, memorySize: 0x5000_0000 });
  });

  test('reads both symbol tables', () => {
    expect(elf.symbols().map(({ name, table }) => [name, table])).toEqual([
      ['', '.symtab'],
      ['main', '.symtab'],
      ['counter', '.symtab'],
      ['main', '.dynsym'],
    ]);
    expect(elf.symbols()[1]).toMatchObject({ value: 0x40_1000n, size: 4n, type: 2, binding: 1, sectionIndex: 1 });
    expect(elf.symbols()[2]).toMatchObject({ value: 0xffff_ffff_ffff_fff0n, type: 1, sectionIndex: 0xfff1 });
  });

  test('reads the relocations that apply to a section, with and without addends', () => {
    expect(elf.relocations(elf.section('.text')!)).toEqual([
      { offset: 2n, type: 4, symbolIndex: 1, addend: -4n },
      { offset: 3n, type: 2, symbolIndex: 2, addend: undefined },
    ]);
    expect(elf.relocations(elf.section('.bss')!)).toEqual([]);
  });

  test('reads the relocations in a section', () => {
    expect(elf.relocations(elf.section('.rela.dyn')!)).toEqual([
      { offset: 0x40_2000n, type: 8, symbolIndex: 0, addend: 0x1234n },
    ]);
  });

  test('reads a file without section headers', () => {
    const stripped = readElf(smallElf({ ...example, withoutSectionHeaders: true }));
    expect([stripped.sections.length, stripped.segments.length, stripped.symbols().length]).toEqual([0, 2, 0]);
  });

  test('finds counts that do not fit in the header in section header 0', () => {
    const extended = changed((view) => {
      const count = view.getUint16(60, true);
      view.setBigUint64(sectionHeader(0) + 32, BigInt(count), true);
      view.setUint32(sectionHeader(0) + 40, count - 1, true);
      view.setUint32(sectionHeader(0) + 44, 2, true);
      view.setUint16(60, 0, true);
      view.setUint16(62, 0xffff, true);
      view.setUint16(56, 0xffff, true);
    });
    expect(readElf(extended).sections.map(({ name }) => name)).toEqual(elf.sections.map(({ name }) => name));
    expect(readElf(extended).segments).toHaveLength(2);
  });

  test('works on a view into a bigger buffer', () => {
    const bigger = new Uint8Array(exampleBytes.length + 100);
    bigger.set(exampleBytes, 33);
    const view = readElf(bigger.subarray(33, 33 + exampleBytes.length));
    expect([...view.section('.text')!.bytes]).toEqual([0xc3, 0x90, 0x90, 0x90]);
    expect(view.symbols()[1]!.name).toBe('main');
  });
});

describe('readElf throws', () => {
  test.each([
    ['another magic number', 0, 'invalid', (v: DataView) => v.setUint8(3, 0x47)],
    ['a 32-bit file', 4, 'unsupported', (v: DataView) => v.setUint8(4, 1)],
    ['a big-endian file', 5, 'unsupported', (v: DataView) => v.setUint8(5, 2)],
    ['another version', 6, 'unsupported', (v: DataView) => v.setUint8(6, 2)],
    ['a core file', 16, 'unsupported', (v: DataView) => v.setUint16(16, 4, true)],
    ['another machine', 18, 'unsupported', (v: DataView) => v.setUint16(18, 40, true)],
    ['another size of section headers', 58, 'invalid', (v: DataView) => v.setUint16(58, 40, true)],
    ['another size of program headers', 54, 'invalid', (v: DataView) => v.setUint16(54, 32, true)],
    ['a section count without an offset', 60, 'invalid', (v: DataView) => v.setBigUint64(40, 0n, true)],
    ['no section with the names', 62, 'invalid', (v: DataView) => v.setUint16(62, 12, true)],
  ] as const)('for %s', (_, offset, kind, change) => {
    expect(failure(changed(change))).toMatchObject({ kind, section: 'ELF header', offset });
  });

  test.each([
    [
      'a section that ends behind the file',
      'section 1',
      (v: DataView) => v.setUint32(sectionHeader(1) + 32, 0x10000, true),
    ],
    ['a section beyond 2^53', 'section header table', (v: DataView) => v.setUint8(sectionHeader(1) + 31, 1)],
    ['a segment that ends behind the file', 'segment 0', (v: DataView) => v.setUint32(64 + 32, 0x10000, true)],
    ['a segment smaller in memory', 'program header table', (v: DataView) => v.setUint32(64 + 40, 3, true)],
    ['a name outside its table', 'section name table', (v: DataView) => v.setUint32(sectionHeader(1), 0x1000, true)],
    ['program headers behind the file', 'program header table', (v: DataView) => v.setUint32(32, 0x10000, true)],
  ] as const)('for %s', (_, section, change) => {
    expect(failure(changed(change))).toMatchObject({ kind: 'invalid', section });
  });

  test.each([
    ['symbols of another size', '.symtab', (v: DataView) => v.setUint32(sectionHeader(3) + 56, 16, true)],
    ['half a symbol', '.symtab', (v: DataView) => v.setUint32(sectionHeader(3) + 32, 60, true)],
    ['symbols without names', '.symtab', (v: DataView) => v.setUint32(sectionHeader(3) + 40, 99, true)],
    ['a name that does not end', '.strtab', (v: DataView) => v.setUint32(sectionHeader(4) + 32, 13, true)],
  ] as const)('when asked for symbols, for %s', (_, section, change) => {
    expect(failure(changed(change), (elf) => elf.symbols())).toMatchObject({ kind: 'invalid', section });
  });

  test('when asked for relocations, for entries of another size', () => {
    const bytes = changed((view) => view.setUint32(sectionHeader(5) + 56, 16, true));
    expect(failure(bytes, (elf) => elf.relocations(elf.section('.text')!))).toMatchObject({ section: '.rela.text' });
  });

  test('for every prefix of a valid file', () => {
    for (let length = 0; length < exampleBytes.length; length++) {
      expect(failure(exampleBytes.subarray(0, length)).kind).toBe('invalid');
    }
    expect(() => readElf(exampleBytes)).not.toThrow();
  });

  test('nothing but UnwindError, whatever bytes are changed', () => {
    const change = fc.tuple(fc.nat(exampleBytes.length - 1), fc.nat(255));
    let survived = 0;
    const property = (changes: [number, number][]): void => {
      const bytes = exampleBytes.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      try {
        readAll(readElf(bytes));
        survived++;
      } catch (error) {
        expect(error).toBeInstanceOf(UnwindError);
      }
    };
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), property), { numRuns: 3000 });
    expect(survived).toBeGreaterThan(0);
    expect(survived).toBeLessThan(3000);
  });
});
