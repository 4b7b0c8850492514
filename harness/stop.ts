import type { Architecture, Ending, Memory } from '../engine/index.ts';
import type { TrueFrame } from './truth/frame.ts';

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
  /** Bits of a code address that a pointer authentication code occupies. */
  readonly pacMaskLo: number;
  readonly pacMaskHi: number;
  /** The instruction is a function's first or the one a call resumes at. */
  readonly transfer: boolean;
  /** Number of signals the run's kernel has delivered before it. */
  readonly deliveries: number;
}
