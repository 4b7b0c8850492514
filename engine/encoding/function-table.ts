import type { Architecture } from '../architecture/index.ts';
import type { RuleSets } from '../cache/rule-sets.ts';

/** In `FunctionTable.rowSet`: the section has no row here, but an error. */
export const noRow = -1;

/**
 * The functions of a module with all their rows, ascending by address and without overlaps: what encodings encode.
 * Addresses are bytes from `base` (may be negative), so that they are small numbers.
 */
export interface FunctionTable {
  readonly architecture: Architecture;
  /** The address that all others are counted from. */
  readonly base: bigint;
  /** Number of functions. */
  readonly count: number;
  /** By function: its first address, and the first behind it. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** By function: index of its first row; one entry more than there are functions. */
  readonly firstRow: Uint32Array;
  /** By row: where it begins. It ends where the function's next one begins, or with the function. */
  readonly rowStart: Int32Array;
  /** By row: the id in `sets` of what it says, or `noRow`. */
  readonly rowSet: Int32Array;
  readonly sets: RuleSets;
  /** By function: where its FDE lies in its section. */
  readonly fdeOffset: Uint32Array;
  /** By function: its language-specific data area, or 0 where it has none. */
  readonly lsda: Int32Array;
  /** By function: index in `personalities`, or -1 where it has none. */
  readonly personality: Int32Array;
  readonly personalities: readonly Personality[];
  /** The bytes of a function's code, or undefined where the file does not have them all. A view, not a copy. */
  code(index: number): Uint8Array | undefined;
  /** The bytes between the function before, of which there must be one, and this; as `code`. */
  gapBefore(index: number): Uint8Array | undefined;
}

/** A personality routine, as CIEs name it. */
export interface Personality {
  /** Its address or, where `indirect`, that of a pointer to it; from `base`. */
  readonly address: number;
  readonly indirect: boolean;
}
