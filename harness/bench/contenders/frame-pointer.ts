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
      walk: () => walk.run(undefined),
      record(frames) {
        const addresses = new Uint32Array(2 * stack.depth);
        const count = walk.run(addresses);
        const { columnCount, pc } = stack.architecture;
        for (let i = 0; i < count; i++) {
          const index = frames.count * columnCount + pc;
          frames.values.set(addresses.subarray(2 * i, 2 * i + 2), 2 * index);
          frames.known[index] = 1;
          frames.count++;
        }
      },
    };
  },
};

class FramePointerWalk {
  readonly #words: Int32Array;
  readonly #startLo: number;
  readonly #startHi: number;
  readonly #first: number;
  readonly #last: number;
  /** Keeps the loads of return addresses from being optimized away. */
  sum = 0;

  constructor({ bytes, start, registers, architecture }: BenchStack) {
    this.#words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
    this.#startLo = Number(start & 0xffffffffn) | 0;
    this.#startHi = Number(start >> 32n) | 0;
    this.#first = (registers[2 * architecture.fp]! - this.#startLo) | 0;
    this.#last = bytes.byteLength - 16;
  }

  run(addresses: Uint32Array | undefined): number {
    const words = this.#words;
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
      const lo = words[word + 2]!;
      const hi = words[word + 3]!;
      sum = (sum + (lo ^ hi)) | 0;
      if (addresses !== undefined) {
        addresses[2 * count] = lo;
        addresses[2 * count + 1] = hi;
      }
      count++;
      const next = (nextLo - startLo) | 0;
      if (nextHi !== startHi || next <= offset || next > last) break;
      offset = next;
    }
    this.sum = sum;
    return count;
  }
}
