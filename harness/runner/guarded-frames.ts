import { type Architecture, FrameBuffer } from '../../engine/index.ts';

/** Frames behind the buffer's end that nobody may write to. */
const guard = 2;
const canary = 0xa5;

/** A buffer for few frames: what lies behind its end shows whether it was kept to. */
export class GuardedFrames extends FrameBuffer {
  override readonly capacity: number;

  constructor(architecture: Architecture, capacity: number) {
    super(architecture, capacity + guard);
    this.capacity = capacity;
    for (const behind of this.#behind()) behind.fill(canary);
  }

  /** What is wrong where somebody wrote behind the end; undefined where nobody did. */
  problem(): string | undefined {
    if (this.#behind().every((bytes) => bytes.every((byte) => byte === canary))) return undefined;
    return `wrote behind the end of a buffer for ${this.capacity} frames`;
  }

  #behind(): Uint8Array[] {
    const columns = this.capacity * this.architecture.columnCount;
    const values = new Uint8Array(this.values.buffer, this.values.byteOffset, this.values.byteLength);
    return [values.subarray(8 * columns), this.known.subarray(columns), this.signal.subarray(this.capacity)];
  }
}
