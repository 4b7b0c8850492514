import { UnwindError } from '../../errors.ts';
import { longestCode } from './constants.ts';

/** A cursor over the bits of a section, the highest bit of a byte first. Going past `end` throws `UnwindError`. */
export class BitReader {
  /** Offset of the next bit to read. */
  position = 0;
  /** First bit that must not be read; in the section. */
  end = 0;
  readonly #bytes: Uint8Array;
  readonly #section: string;

  constructor(bytes: Uint8Array, section: string) {
    this.#bytes = bytes;
    this.#section = section;
  }

  /** Goes to a byte and forbids reading at another one or behind it; both must lie in the section. */
  window(from: number, to: number): void {
    this.position = 8 * from;
    this.end = 8 * to;
  }

  /** The next `longestCode` bits; behind the section's end there are zeros. */
  peek(): number {
    const bytes = this.#bytes;
    const byte = this.position >>> 3;
    // What is not there counts as 0 here.
    const next = (bytes[byte]! << 16) | (bytes[byte + 1]! << 8) | bytes[byte + 2]!;
    return (next >>> (24 - longestCode - (this.position & 7))) & ((1 << longestCode) - 1);
  }

  skip(count: number): void {
    this.position += count;
    if (this.position > this.end) throw this.invalid(`${count} bits before +0x${(this.end >>> 3).toString(16)}`);
  }

  /** An unsigned number of at most 32 bits. */
  take(count: number): number {
    if (count > longestCode) {
      const high = this.take(count - longestCode);
      return high * (1 << longestCode) + this.take(longestCode);
    }
    const bits = this.peek() >>> (longestCode - count);
    this.skip(count);
    return bits;
  }

  /** An `UnwindError` that names the byte the position is in. */
  invalid(expectation: string): UnwindError {
    return new UnwindError('invalid', this.#section, this.position >>> 3, `expected ${expectation}`);
  }
}
