import type { Architecture, ElfFile } from '../../engine/index.ts';

/** Pages of the program's memory; the bytes are the emulator's memory itself, not a copy. */
export interface Segment {
  /** A multiple of the page size, 0x1000, as `bytes.byteLength` is. */
  readonly address: bigint;
  /** A view of a whole SharedArrayBuffer or ArrayBuffer of its own. */
  readonly bytes: Uint8Array;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
}

/** One ELF file in the program's memory. */
export interface LoadedModule {
  readonly name: string;
  readonly elf: ElfFile;
  /** Added to every address of the file; for object files, sections are laid out by the loader (`sectionAddress`). */
  readonly loadBias: bigint;
  /** Where the loader put each section, by section index, load bias included; 0n where it is not loaded. */
  readonly sectionAddress: readonly bigint[];
}

/** Everything of a program that is mapped before it runs, stacks excepted. */
export interface LoadedImage {
  readonly architecture: Architecture;
  readonly modules: readonly LoadedModule[];
  readonly segments: readonly Segment[];
}
