import type { BenchStack, Contender } from '../bench-stack.ts';

/**
 * The unit of all ratios: follows the frame records in plain JavaScript, as good as it gets. Both words of a record are
 * read in full, and a record is followed only if it lies further up in the stack.
 */
export const framePointer: Contender = {
  name: 'frame-pointer',
  description: 'the unit: the JavaScript walk of the frame records, return addresses only',
  finds: 'addresses',
  open(stack) {
    const walk = new FramePointerWalk(stack);
    return {
      walk: () => walk.run(),
      record(frames) {
        const { columnCount, pc } = stack.architecture;
        for (const offset of walk.offsets()) {
          const index = frames.count * columnCount + pc;
          frames.values[2 * index] = walk.words[(offset >> 2) + 2]!;
          frames.values[2 * index + 1] = walk.words[(offset >> 2) + 3]!;
          frames.known[index] = 1;
          frames.count++;
        }
      },
    };
  },
};

class FramePointerWalk {
  readonly words: Int32Array;
  readonly #startLo: number;
  readonly #startHi: number;
  readonly #first: number;
  readonly #last: number;
  /** Keeps the loads of return addresses from being optimized away. */
  sum = 0;

  constructor({ bytes, start, registers, architecture }: BenchStack) {
    this.words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
    this.#startLo = Number(start & 0xffffffffn) | 0;
    this.#startHi = Number(start >> 32n) | 0;
    this.#first = (registers[2 * architecture.fp]! - this.#startLo) | 0;
    this.#last = bytes.byteLength - 16;
  }

  /** The walk that is timed. */
  run(): number {
    const { words } = this;
    const startLo = this.#startLo;
    const startHi = this.#startHi;
    const last = this.#last;
    let offset = this.#first;
    let sum = 0;
    let count = 0;
    for (;;) {
      const word = offset >> 2;
      const nextLo = words[word]!;
      const nextHi = words[word + 1]!;
      sum = (sum + (words[word + 2]! ^ words[word + 3]!)) | 0;
      count++;
      const next = (nextLo - startLo) | 0;
      if (nextHi !== startHi || next <= offset || next > last) break;
      offset = next;
    }
    this.sum = sum;
    return count;
  }

  /** Where in the stack the records are. Apart from the timed walk, which is compiled for what it does only. */
  *offsets(): Generator<number> {
    let offset = -1;
    let next = this.#first;
    while (next > offset && next <= this.#last) {
      offset = next;
      yield offset;
      if (this.words[(offset >> 2) + 1] !== this.#startHi) return;
      next = (this.words[offset >> 2]! - this.#startLo) | 0;
    }
  }
}
