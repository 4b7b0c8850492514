import type { Architecture } from '../../engine/index.ts';
import { MemoryWindow } from '../../engine/index.ts';
import type { Stack } from '../../generators/program.ts';
import type { Segment } from '../loader/image.ts';
import type { ShadowFrame } from './shadow-frame.ts';

/** A declared stack: its memory, the part of it that is live, and the shadow stack kept while another one is in use. */
export class StackRegion {
  readonly stack: Stack;
  readonly segment: Segment;
  readonly window: MemoryWindow;
  /** Somebody's frames are on it. */
  entered = false;
  /** The shadow stack as it was left. */
  top: ShadowFrame | null = null;
  readonly #redZone: number;

  /** `present`: memory that is there already; otherwise it is new. */
  constructor(architecture: Architecture, stack: Stack, present?: Uint8Array) {
    const bytes = present ?? new Uint8Array(new SharedArrayBuffer(stack.size));
    this.stack = stack;
    this.segment = { address: stack.start, bytes, readable: true, writable: true, executable: false };
    this.window = new MemoryWindow(stack.start, bytes);
    this.#redZone = architecture.redZone;
    this.reset();
  }

  /** Back to how it is before a run. */
  reset(): void {
    this.entered = false;
    this.top = null;
    this.window.readable = this.window.size;
  }

  /** Offset of an SP in this stack (its very end included), or -1. */
  offsetOf(spLo: number, spHi: number): number {
    const { startLo, startHi, size } = this.window;
    const difference = (spLo >>> 0) - startLo;
    const high = ((spHi >>> 0) - startHi - (difference < 0 ? 1 : 0)) | 0;
    const offset = difference >>> 0;
    return high === 0 && offset <= size ? offset : -1;
  }

  /** Makes what is dead at this SP unreadable. */
  limit(offset: number): void {
    this.window.readable = offset > this.#redZone ? offset - this.#redZone : 0;
  }
}
