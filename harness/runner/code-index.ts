import type { LoadedImage, Segment } from '../loader/image.ts';

interface Stretch {
  readonly startLo: number;
  readonly startHi: number;
  readonly size: number;
  /** Index of the first byte. */
  readonly base: number;
}

/**
 * Numbers every byte of the executable segments of an image, and of what may take its place, so that what is known of a PC
 * can be kept in arrays.
 */
export class CodeIndex {
  /** Number of bytes. */
  readonly size: number;
  readonly #stretches = new Map<Segment, Stretch>();
  #current: readonly Stretch[] = [];

  /** Addresses are those of the first image until `use` names another one. */
  constructor(first: LoadedImage, others: readonly LoadedImage[] = []) {
    let size = 0;
    for (const segment of [first, ...others].flatMap((image) => image.segments)) {
      const { address, bytes, executable } = segment;
      if (!executable || this.#stretches.has(segment)) continue;
      this.#stretches.set(segment, {
        startLo: Number(address & 0xffffffffn),
        startHi: Number((address >> 32n) & 0xffffffffn),
        size: bytes.byteLength,
        base: size,
      });
      size += bytes.byteLength;
    }
    this.size = size;
    this.use(first);
  }

  /** From now on, addresses are those of this image, one of those given to the constructor. */
  use(image: LoadedImage): void {
    this.#current = image.segments.flatMap((segment) => this.#stretches.get(segment) ?? []);
  }

  /** Index of an address (unsigned halves), or -1 where it is no code. */
  indexOf(lo: number, hi: number): number {
    for (const stretch of this.#current) {
      const offsetLo = lo - stretch.startLo;
      const offsetHi = (hi - stretch.startHi - (offsetLo < 0 ? 1 : 0)) | 0;
      if (offsetHi === 0 && offsetLo >>> 0 < stretch.size) return stretch.base + (offsetLo >>> 0);
    }
    return -1;
  }

  /** Address of an index below `size`. */
  addressOf(index: number): bigint {
    const stretch = [...this.#stretches.values()].findLast(({ base }) => base <= index)!;
    return ((BigInt(stretch.startHi) << 32n) | BigInt(stretch.startLo)) + BigInt(index - stretch.base);
  }
}
