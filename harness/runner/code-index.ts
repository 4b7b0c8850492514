import type { LoadedImage } from '../loader/image.ts';

interface Stretch {
  readonly startLo: number;
  readonly startHi: number;
  readonly size: number;
  /** Index of the first byte. */
  readonly base: number;
}

/** Numbers every byte of an image's executable segments, so that what is known of a PC can be kept in arrays. */
export class CodeIndex {
  /** Number of bytes. */
  readonly size: number;
  readonly #stretches: readonly Stretch[];

  constructor(image: LoadedImage) {
    let size = 0;
    const stretches: Stretch[] = [];
    for (const { address, bytes, executable } of image.segments) {
      if (!executable) continue;
      stretches.push({
        startLo: Number(address & 0xffffffffn),
        startHi: Number((address >> 32n) & 0xffffffffn),
        size: bytes.byteLength,
        base: size,
      });
      size += bytes.byteLength;
    }
    this.size = size;
    this.#stretches = stretches;
  }

  /** Index of an address (unsigned halves), or -1 where it is no code. */
  indexOf(lo: number, hi: number): number {
    for (const stretch of this.#stretches) {
      const offsetLo = lo - stretch.startLo;
      const offsetHi = (hi - stretch.startHi - (offsetLo < 0 ? 1 : 0)) | 0;
      if (offsetHi === 0 && offsetLo >>> 0 < stretch.size) return stretch.base + (offsetLo >>> 0);
    }
    return -1;
  }

  /** Address of an index below `size`. */
  addressOf(index: number): bigint {
    const stretch = this.#stretches.findLast(({ base }) => base <= index)!;
    return ((BigInt(stretch.startHi) << 32n) | BigInt(stretch.startLo)) + BigInt(index - stretch.base);
  }
}
