import type { Architecture } from '../architecture/index.ts';
import { type ElfHeader, readElfHeader } from './elf-header.ts';
import type { ElfFile, ElfRelocation, ElfSection, ElfSegment, ElfSymbol } from './file.ts';
import { FileBytes } from './file-bytes.ts';
import { readRelocations } from './relocations.ts';
import { readSections } from './sections.ts';
import { readSegments } from './segments.ts';
import { readSymbols } from './symbols.ts';

class ReadElfFile implements ElfFile {
  readonly type: number;
  readonly machine: number;
  readonly architecture: Architecture;
  readonly entry: bigint;
  readonly sections: readonly ElfSection[];
  readonly segments: readonly ElfSegment[];
  #symbols: readonly ElfSymbol[] | undefined;

  constructor(header: ElfHeader, sections: readonly ElfSection[], segments: readonly ElfSegment[]) {
    this.type = header.type;
    this.machine = header.machine;
    this.architecture = header.architecture;
    this.entry = header.entry;
    this.sections = sections;
    this.segments = segments;
  }

  section(name: string): ElfSection | undefined {
    return this.sections.find((section) => section.name === name);
  }

  symbols(): readonly ElfSymbol[] {
    this.#symbols ??= readSymbols(this.sections);
    return this.#symbols;
  }

  relocations(section: ElfSection): readonly ElfRelocation[] {
    return readRelocations(this.sections, section);
  }
}

/**
 * Opens an ELF file (System V gABI, chapters 4 and 5): 64-bit, little-endian, x86-64 or AArch64, relocatable,
 * executable or shared. The bytes are kept and shared, not copied. Throws `UnwindError`: `invalid` where a structure
 * breaks the format or does not lie inside the file, `unsupported` for other classes, machines and types.
 */
export function readElf(bytes: Uint8Array): ElfFile {
  const file = new FileBytes(bytes);
  const header = readElfHeader(file);
  return new ReadElfFile(header, readSections(file, header), readSegments(file, header));
}
