import type { FrameBuffer, Module } from '../../engine/index.ts';
import type { Feature } from '../../generators/program.ts';
import type { LoadedImage } from '../loader/image.ts';
import type { EncodingCoverage } from '../record/index.ts';
import type { Stop } from '../stop.ts';

/** Anything that turns a stop into frames: the engine in one of its modes, or another program. */
export interface Unwinder {
  /** As the command line and the records name it. */
  readonly name: string;
  readonly description: string;
  /** What it declares not to be able to do. */
  readonly lacks: readonly Feature[];
  /**
   * Whether it can be used on an image at all; without this method, on every one. Where it cannot, nothing is judged.
   */
  applies?(image: LoadedImage): boolean;
  /** Where it reads rows from, for explanations; only of unwinders that are the engine. */
  modules?(image: LoadedImage): readonly Module[];
  /** Gets ready for one image; called once before its first stop. */
  open(image: LoadedImage): UnwindSession;
}

export interface UnwindSession {
  /** Of an unwinder that encodes what a program has: how much of it could be encoded. */
  readonly coverage?: EncodingCoverage;
  /**
   * The program has unloaded and loaded modules: from now on it consists of `image`, in which what stayed is the same
   * object as before. Without this method, the unwinder is opened anew.
   */
  update?(image: LoadedImage): void;
  /** Forgets what it has kept from earlier stops. Without this method, it keeps nothing. */
  forget?(): void;
  /** Fills `frames` (frame 0 is already there) with the callers and how the walk ended. */
  unwind(stop: Stop, frames: FrameBuffer): void;
}
