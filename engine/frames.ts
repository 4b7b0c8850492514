import type { Architecture } from './architecture/index.ts';
import type { UnwindError } from './errors.ts';

/**
 * How a walk ended: `root` – a frame whose return address is undefined; `no-info` – no row covers the last frame's
 * PC; `limit` – the buffer is full; `loop` – a frame unwound to itself; otherwise the kind of the error that ended it.
 */
export type Ending = 'root' | 'no-info' | 'limit' | 'loop' | 'invalid' | 'unsupported' | 'unreadable';

/**
 * Frames with all their registers, innermost first, in buffers allocated once. Frame `i`'s column `c` is at
 * `values[2 * (i * columnCount + c)]` (low half, high half next), `known[i * columnCount + c]` is 1 where the value is
 * known. A frame's PC and SP are its columns `architecture.pc` and `architecture.sp`.
 */
export class FrameBuffer {
  readonly architecture: Architecture;
  readonly capacity: number;
  readonly values: Uint32Array;
  readonly known: Uint8Array;
  /** 1 where the frame is a signal frame (its CFI is marked `S`, or it was recognised as a sigreturn trampoline). */
  readonly signal: Uint8Array;
  count = 0;
  ending: Ending = 'limit';
  /** Set where `ending` is an error. */
  error: UnwindError | undefined;

  constructor(architecture: Architecture, capacity: number) {
    this.architecture = architecture;
    this.capacity = capacity;
    this.values = new Uint32Array(2 * capacity * architecture.columnCount);
    this.known = new Uint8Array(capacity * architecture.columnCount);
    this.signal = new Uint8Array(capacity);
  }

  /** Starts a walk: frame 0 is the given register file, all of it known. */
  start(registers: Uint32Array): void {
    this.values.set(registers, 0);
    this.known.fill(1, 0, this.architecture.columnCount);
    this.count = 1;
    this.ending = 'limit';
    this.error = undefined;
  }

  /** The public edge: one register as a BigInt, or undefined where it is not known. */
  value(frame: number, column: number): bigint | undefined {
    const index = frame * this.architecture.columnCount + column;
    if (frame >= this.count || this.known[index] !== 1) return undefined;
    return (BigInt(this.values[2 * index + 1]!) << 32n) | BigInt(this.values[2 * index]!);
  }
}
