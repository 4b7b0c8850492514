import type { Spread } from '../measure/statistics.ts';

/** What one native unwinder took for the benchmark's stack. */
export interface NativeMeasurement {
  /** As in `nativeUnwinders`, such as `libgcc` or `llvm-libunwind`. */
  readonly name: string;
  /** What was timed, in a few words. */
  readonly measured: string;
  /** Of the library; empty where nothing says. */
  readonly version: string;
  /** Frames of a walk: those made for it, and a few of the program's own. */
  readonly frames: number;
  /** Nanoseconds of a whole walk divided by its frames, over all rounds of all turns. */
  readonly nsPerFrame: Spread;
  /** The median of each turn, in their order. */
  readonly nsPerFrameByTurn: readonly number[];
}

/** A native unwinder that could not be measured, and why. */
export interface NativeUnavailable {
  readonly name: string;
  readonly unavailable: string;
}

export type NativeResult = NativeMeasurement | NativeUnavailable;
