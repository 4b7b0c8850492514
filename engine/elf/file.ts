import type { Architecture } from '../architecture/index.ts';

/** A section header with the bytes it describes (gABI, "Sections"). */
export interface ElfSection {
  readonly index: number;
  readonly name: string;
  /** `SHT_*`. */
  readonly type: number;
  /** `SHF_*`, the low 32 bits. */
  readonly flags: number;
  readonly address: bigint;
  /** Byte offset in the file. */
  readonly offset: number;
  /** Bytes in memory; `bytes` is empty for `SHT_NOBITS` all the same. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
  readonly alignment: number;
  /**
   * A view of the file's bytes, not a copy. Reading it throws `UnwindError` `unsupported` where the section is
   * compressed (`SHF_COMPRESSED`).
   */
  readonly bytes: Uint8Array;
}

/** A program header (gABI, "Program Header"). */
export interface ElfSegment {
  /** `PT_*`. */
  readonly type: number;
  /** `PF_*`. */
  readonly flags: number;
  /** Byte offset in the file. */
  readonly offset: number;
  readonly address: bigint;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly alignment: number;
  /** The `fileSize` bytes, a view of the file's. */
  readonly bytes: Uint8Array;
}

/** A symbol table entry (gABI, "Symbol Table"). */
export interface ElfSymbol {
  readonly name: string;
  /** An address, or in an object file the offset in section `sectionIndex`. */
  readonly value: bigint;
  readonly size: bigint;
  /** `STT_*`. */
  readonly type: number;
  /** `STB_*`. */
  readonly binding: number;
  /** `SHN_*` for reserved values. */
  readonly sectionIndex: number;
  readonly table: '.symtab' | '.dynsym';
}

/** A relocation entry (gABI, "Relocation"). */
export interface ElfRelocation {
  /** An address, or in an object file the offset in the section it applies to. */
  readonly offset: bigint;
  /** `R_X86_64_*` or `R_AARCH64_*`. */
  readonly type: number;
  /** Index in the symbol table the relocation section links to. */
  readonly symbolIndex: number;
  /** Undefined in a `SHT_REL` section: the addend is in the place the relocation writes to. */
  readonly addend: bigint | undefined;
}

/** A little-endian ELF-64 file for x86-64 or AArch64. Addresses are the file's own, without any load bias. */
export interface ElfFile {
  /** `ET_EXEC`, `ET_DYN` or `ET_REL`. */
  readonly type: number;
  /** `EM_X86_64` or `EM_AARCH64`. */
  readonly machine: number;
  readonly architecture: Architecture;
  readonly entry: bigint;
  /** By index, section 0 (`SHT_NULL`) included; empty where the section headers were stripped. */
  readonly sections: readonly ElfSection[];
  readonly segments: readonly ElfSegment[];
  /** The first section of that name. */
  section(name: string): ElfSection | undefined;
  /**
   * The entries of `.symtab` followed by those of `.dynsym`, each with its null entry, so that within one table the
   * order is that of symbol indices. Throws `UnwindError` where a table or its strings are invalid.
   */
  symbols(): readonly ElfSymbol[];
  /**
   * Of a `SHT_RELA` or `SHT_REL` section, its entries; of any other section, the entries of all relocation sections
   * that apply to it. Throws `UnwindError` where one is invalid.
   */
  relocations(section: ElfSection): readonly ElfRelocation[];
}
