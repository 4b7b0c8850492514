import type { Architecture } from '../architecture/index.ts';
import type { FunctionView } from '../encoding/function-view.ts';
import type { Row } from '../row/row.ts';
import type { DescriptorList } from './descriptor-list.ts';

/**
 * What the 64 bits of a descriptor say, of one architecture and one generation of the format. A descriptor is given as
 * unsigned halves. Modes 0 (no frame) and 7 (the FDE has it) are the same in all of them, see `modes.ts`.
 */
export interface DescriptorLayout {
  /** `g2`, `g3` (published), `extended` (ours). */
  readonly name: string;
  readonly architecture: Architecture;
  /**
   * Writes what holds `offset` bytes into a descriptor's range of `length` bytes: everything but `row.section`, with
   * `startLo` and `endLo` counted from the range's start. Not for mode 7. Throws `UnwindError` where the mode or a field
   * is unknown, or prologue and epilogue do not fit into the range.
   */
  fill(lo: number, hi: number, offset: number, length: number, row: Row): void;
  /** Bytes of the epilogue, or -1 where the mode has none. */
  epilogueSize(lo: number, hi: number): number;
  /** The descriptor with an epilogue of so many bytes, written to `out[0]` (low) and `out[1]`; false if that is too many. */
  withEpilogueSize(lo: number, hi: number, size: number, out: Uint32Array): boolean;
}

/** Turns rows into descriptors of one layout. */
export interface DescriptorEncoder {
  readonly layout: DescriptorLayout;
  /**
   * Appends to `out` descriptors for a function, starts counted from the function's: as few as exactness needs. At every PC
   * the descriptor says what the row says, or what recovers the same values for one of two reasons that the code bytes
   * prove (popped, pushed). Returns undefined, or why the function has to stay DWARF, and then appends nothing.
   */
  encode(view: FunctionView, out: DescriptorList): string | undefined;
}
