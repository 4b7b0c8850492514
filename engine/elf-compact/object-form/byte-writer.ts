/** Bytes under construction, little-endian. */
export class ByteWriter {
  length = 0;
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = value;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** A number below 2^32 as ULEB128. */
  uleb(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.u8((rest & 0x7f) | 0x80);
    this.u8(rest);
  }

  /** ASCII and a final zero. */
  text(value: string): void {
    for (let i = 0; i < value.length; i++) this.u8(value.charCodeAt(i));
    this.u8(0);
  }

  /** Zeros up to a multiple of a power of two. */
  align(alignment: number): void {
    while ((this.length & (alignment - 1)) !== 0) this.u8(0);
  }

  setU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }

  /** All bytes so far. */
  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  #reserve(size: number): void {
    if (this.length + size <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
