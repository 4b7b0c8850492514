import type { Architecture, Ending, Memory } from '../engine/index.ts';
import type { TrueFrame } from './truth/frame.ts';

/** Where a walk ends, or may end, because the program says so. The object is reused, like the stop. */
export interface DeclaredEnd {
  /** Frames an answer has room for; 0 where there is room for all. */
  readonly room: number;
  /** After the last frame of the truth an answer may go on, and end, in any way. */
  readonly isOpen: boolean;
  /** How a walk may end after the last frame of the truth; the stop's `ending` is the first of them. */
  readonly endings: readonly Ending[];
  /** Whether a walk may end in this way after a frame before the last (0 for the stop's own). */
  mayEnd(frame: number, ending: Ending): boolean;
}

/**
 * One executed instruction with the state before it executes and the truth about who stands behind it. The object and
 * its buffers are reused: whoever keeps one copies it.
 */
export interface Stop {
  readonly architecture: Architecture;
  /** Counts the executed instructions of the run, from 0. */
  readonly index: number;
  /** Frame 0: the register file in the engine's columns. */
  readonly registers: Uint32Array;
  /** What an unwinder may read: code and data, and the live part of the stacks. */
  readonly memory: Memory;
  /** The truth, innermost caller first; null where nobody stands behind frame 0. */
  readonly callers: TrueFrame | null;
  /** Number of frames of the truth behind frame 0. */
  readonly depth: number;
  /** How a right walk ends after the last frame of the truth. */
  readonly ending: Ending;
  /** What the program declares about the end of walks from here; absent where the truth says it all. */
  readonly declared?: DeclaredEnd | undefined;
  /** Bits of a code address that a pointer authentication code occupies. */
  readonly pacMaskLo: number;
  readonly pacMaskHi: number;
  /** The instruction is a function's first or the one a call resumes at. */
  readonly transfer: boolean;
  /** Number of signals the run's kernel has delivered before it. */
  readonly deliveries: number;
}
