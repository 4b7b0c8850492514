import { UnwindError } from './errors.ts';
import { Step } from './step.ts';

/** What `captureAddresses` follows: a `StackCursor` or a `LocationCursor`. */
export interface AddressCursor {
  step(): number;
  /** The current frame's PC. */
  readonly pcLo: number;
  readonly pcHi: number;
}

/**
 * Writes the PCs of the callers of a cursor's current frame, low and high half each, until `out` is full or the walk ends.
 * Returns how many; what does not fit is never looked for, nor its memory read. The cursor stays at the last one. The
 * walk's errors end it like a root: what matters here are the addresses that were found.
 */
export function captureAddresses(cursor: AddressCursor, out: Uint32Array): number {
  const capacity = out.length >>> 1;
  // What is imported would be loaded through the module at each turn.
  const { caller } = Step;
  let count = 0;
  try {
    while (count < capacity && cursor.step() === caller) {
      out[2 * count] = cursor.pcLo;
      out[2 * count + 1] = cursor.pcHi;
      count++;
    }
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
  }
  return count;
}
