/** Grows a run of bits, the highest bit of a byte first. */
export class BitWriter {
  #bytes = new Uint8Array(1024);
  /** Bits written so far. */
  #count = 0;

  /** Whole bytes written so far; the bits after `align` start there. */
  get byteCount(): number {
    return (this.#count + 7) >>> 3;
  }

  /** Writes a number of at most 32 bits. */
  put(value: number, bits: number): void {
    if (this.byteCount + 8 > this.#bytes.length) this.#grow();
    for (let left = bits; left > 0; ) {
      const free = 8 - (this.#count & 7);
      const some = Math.min(free, left);
      left -= some;
      this.#bytes[this.#count >>> 3]! |= ((value >>> left) & ((1 << some) - 1)) << (free - some);
      this.#count += some;
    }
  }

  /** Goes to the next byte. */
  align(): void {
    this.#count = 8 * this.byteCount;
  }

  /** Writes a little-endian number of so many bytes, at a byte's start. */
  putBytes(value: number, size: number): void {
    for (let byte = 0; byte < size; byte++) this.put((value >>> (8 * byte)) & 0xff, 8);
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.byteCount);
  }

  #grow(): void {
    const bytes = new Uint8Array(2 * this.#bytes.length);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}
