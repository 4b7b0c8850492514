import type { LoadedImage } from '../image.ts';

/** A field that gets its value from running the program: what the function at `resolver` returns, plus `addend`. */
export interface IndirectField {
  readonly field: DataView;
  readonly resolver: bigint;
  readonly addend: bigint;
}

/** A function that makes a file of the process ready (`DT_INIT`, `DT_INIT_ARRAY`). */
export interface Initializer {
  readonly address: bigint;
  /** The file, and which of its initialisers it is. */
  readonly name: string;
}

/** An address others can name. */
export interface ProcessSymbol {
  readonly address: bigint;
  readonly size: bigint;
  readonly isIndirect: boolean;
}

/** A function that the main file gives to others. */
export interface ExportedFunction extends ProcessSymbol {
  readonly name: string;
}

/** A file with everything it depends on, linked in memory; what needs running code is left to `startProcess`. */
export interface LoadedProcess {
  /** The main file's module is the first, that of the stubs the last. */
  readonly image: LoadedImage;
  readonly threadPointer: bigint;
  /** In the order they are to be resolved: dependencies first. */
  readonly indirect: readonly IndirectField[];
  /** In the order they are to be called: dependencies first. */
  readonly initializers: readonly Initializer[];
  /** What could not be found, for people. */
  readonly notes: readonly string[];
  /** The first definition of a name in the order of loading. */
  symbol(name: string): ProcessSymbol | undefined;
  /** What the main file exports, each address once, by address. */
  readonly functions: readonly ExportedFunction[];
}
