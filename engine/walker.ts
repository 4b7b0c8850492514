import { AddressSpace } from './address-space.ts';
import type { Architecture } from './architecture/index.ts';
import { UnwindError } from './errors.ts';
import type { Ending, FrameBuffer } from './frames.ts';
import type { Memory } from './memory.ts';
import type { Module } from './module.ts';
import type { CursorOptions } from './rule-cursor.ts';
import { StackCursor } from './stack-cursor.ts';
import { Step } from './step.ts';

/** What goes from frame to frame for a `Walker`: a `StackCursor` or a `LocationCursor`. */
export interface FrameCursor {
  resume(
    memory: Memory,
    values: Uint32Array,
    known: Uint8Array,
    columns: number,
    exact: boolean,
    pacMaskLo: number,
    pacMaskHi: number,
  ): void;
  step(): number;
  readonly isSignalFrame: boolean;
  /** Writes all registers of the current frame to buffers like those of a `FrameBuffer`. */
  copyTo(values: Uint32Array, known: Uint8Array, columns: number): void;
}

/** Unwinds whole stacks into buffers of the caller. */
export class Walker {
  readonly #cursor: FrameCursor;

  /** Where modules overlap, the first that has a row wins. */
  constructor(architecture: Architecture, modules: Iterable<Module>, options?: CursorOptions);
  /** Uses a cursor from now on, whose own walk ends by that. */
  constructor(cursor: FrameCursor);
  constructor(first: Architecture | FrameCursor, modules?: Iterable<Module>, options?: CursorOptions) {
    this.#cursor = 'step' in first ? first : new StackCursor(new AddressSpace(first, modules), options);
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
    const { values, known, signal, capacity } = frames;
    const { columnCount } = frames.architecture;
    const last = frames.count - 1;
    const exact = last === 0 || signal[last - 1] === 1;
    signal[last] = 0;
    cursor.resume(memory, values, known, last * columnCount, exact, pacMaskLo, pacMaskHi);
    let step: number = Step.limit;
    try {
      while (frames.count < capacity) {
        step = cursor.step();
        if (cursor.isSignalFrame) signal[frames.count - 1] = 1;
        if (step !== Step.caller) break;
        signal[frames.count] = 0;
        cursor.copyTo(values, known, frames.count++ * columnCount);
        step = Step.limit;
      }
      frames.ending = endings[step]!;
    } catch (error) {
      if (!(error instanceof UnwindError)) throw error;
      if (cursor.isSignalFrame) signal[frames.count - 1] = 1;
      frames.ending = error.kind === 'missing' ? 'no-info' : error.kind;
      frames.error = error;
    }
  }
}

/** By `Step`. */
const endings: readonly (Ending | undefined)[] = [undefined, 'root', 'no-info', 'limit', 'loop'];
