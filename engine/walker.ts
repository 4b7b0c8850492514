import type { Architecture } from './architecture/index.ts';
import { Cursor, Step } from './cursor.ts';
import { UnwindError } from './errors.ts';
import type { Ending, FrameBuffer } from './frames.ts';
import type { Memory } from './memory.ts';
import type { Module } from './module.ts';

/** Unwinds whole stacks into buffers of the caller. */
export class Walker {
  readonly #cursor: Cursor;

  /** Where modules overlap, the first that has a row wins. */
  constructor(architecture: Architecture, modules: readonly Module[]) {
    this.#cursor = new Cursor(architecture, modules);
  }

  /**
   * Adds the callers of the last frame in `frames` (frame 0 after `frames.start`), innermost first, until the walk
   * ends, and sets `frames.ending`. Nothing is thrown for the unwound program's sake: unusable information ends the
   * walk with the kind of its error, which is then in `frames.error`. A frame whose PC no row covers is reported as
   * the last one, return address 0 included. A full buffer ends the walk before its last frame is looked at.
   *
   * The mask has the bits of a code address that hold a pointer authentication code (AArch64).
   */
  walk(memory: Memory, frames: FrameBuffer, pacMaskLo = 0, pacMaskHi = 0): void {
    const cursor = this.#cursor;
    try {
      cursor.start(memory, frames, pacMaskLo, pacMaskHi);
      let step: number = Step.caller;
      while (step === Step.caller) step = cursor.step();
      frames.ending = endings[step]!;
    } catch (error) {
      if (!(error instanceof UnwindError)) throw error;
      frames.ending = error.kind === 'missing' ? 'no-info' : error.kind;
      frames.error = error;
    }
  }
}

/** By `Step`. */
const endings: readonly (Ending | undefined)[] = [undefined, 'root', 'no-info', 'limit', 'loop'];
