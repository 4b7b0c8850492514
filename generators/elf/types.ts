import type { ArchitectureName } from '../../engine/architecture/index.ts';

/** Content of a section. */
export interface ElfSection {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** 0n where it is not loaded. */
  readonly address: bigint;
  /** How it is mapped; `none` is not loaded at all. */
  readonly access: 'rx' | 'r' | 'rw' | 'none';
  /** Bytes, a power of two. */
  readonly alignment: number;
}

export interface ElfSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly size: number;
  /** `mapping` marks what follows in a section of AArch64, such as `$x` (aaelf64, "Mapping symbols"). */
  readonly kind: 'function' | 'object' | 'mapping';
}

export interface ElfFileOptions {
  readonly architecture: ArchitectureName;
  readonly type: 'executable' | 'shared';
  readonly entry: bigint;
  /** Loaded sections first, in ascending order of addresses; those of different access are on different pages. */
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
}
