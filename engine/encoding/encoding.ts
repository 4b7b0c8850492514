import type { Architecture, ArchitectureName } from '../architecture/index.ts';
import type { FrameSection } from '../dwarf/index.ts';
import type { RowSource } from '../row/source.ts';
import type { FunctionTable } from './function-table.ts';

/**
 * A format that stores what holds at each PC. Whoever brings one gets everything else: it is unwound from at every stop of
 * every scenario, its rows are held against those of DWARF, and its size is measured on real libraries.
 */
export interface Encoding {
  /** As the command line and the records name it: lower-case letters, digits and dashes. */
  readonly name: string;
  readonly description: string;
  readonly architectures: readonly ArchitectureName[];
  /** Which files have it in place of their unwind sections: linked ones, unless it says otherwise. */
  readonly files?: 'linked' | 'objects';
  /** Encodes all functions of a module. What the format cannot say stays DWARF, inside what is made. */
  encode(input: EncodingInput): EncodedModule;
  /**
   * Opens what `encode` made, as a source of rows. The bytes are untrusted: throws `UnwindError` where they are unusable,
   * here or when an address is looked up.
   */
  open(sections: readonly EncodedSection[], architecture: Architecture): RowSource;
}

export interface EncodingInput {
  readonly functions: FunctionTable;
  /** Where the rows come from: FDEs to keep are taken from here. */
  readonly frames: FrameSection;
  /** Where the first section that is made will lie; 16-byte aligned, and the others follow. */
  readonly address: bigint;
}

/** A section at its address in the unwound program. */
export interface EncodedSection {
  readonly name: string;
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

export interface EncodedModule {
  /** Ascending by address, the first at the address that was asked for. */
  readonly sections: readonly EncodedSection[];
  /** Bytes by part (`header`, `index`, `dictionary`, `pages`, `eh_frame`, `lsda` …); they add up to the sections' sizes. */
  readonly parts: Readonly<Record<string, number>>;
  /** By function: number of descriptors or whatever the format has instead, 0 where it stays DWARF. */
  readonly descriptors: Uint32Array;
  /** By function that stays DWARF: why, in few words, the same words for the same reason. */
  readonly fallbacks: ReadonlyMap<number, string>;
}
