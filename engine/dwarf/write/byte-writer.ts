/** Bytes under construction, little-endian. 64-bit values are taken modulo 2^64. */
export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  /** Bytes written so far. May be made smaller. */
  length = 0;

  /** What has been written: a copy. */
  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = value;
  }

  u32(value: number): void {
    this.setU32(this.#skip(4), value);
  }

  u64(value: bigint): void {
    const at = this.#skip(8);
    this.#view.setBigUint64(at, BigInt.asUintN(64, value), true);
  }

  /** ULEB128 of a value below 2^32. */
  uleb(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.u8((rest & 0x7f) | 0x80);
    this.u8(rest);
  }

  /** SLEB128 of a value given in two's complement halves. */
  sleb(lo: number, hi: number): void {
    let rest = BigInt.asIntN(64, (BigInt(hi) << 32n) | BigInt(lo));
    while (rest < -0x40n || rest > 0x3fn) {
      this.u8(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.u8(Number(rest & 0x7fn));
  }

  /** Latin-1 characters and a zero. */
  cString(value: string): void {
    for (let i = 0; i < value.length; i++) this.u8(value.charCodeAt(i));
    this.u8(0);
  }

  append(bytes: Uint8Array): void {
    const at = this.#skip(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Zeros up to a multiple of `alignment`, a power of two. */
  align(alignment: number): void {
    while ((this.length & (alignment - 1)) !== 0) this.u8(0);
  }

  /** Overwrites what was written at an offset. */
  setU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }

  setU8(offset: number, value: number): void {
    this.#bytes[offset] = value;
  }

  #skip(size: number): number {
    this.#reserve(size);
    const at = this.length;
    this.length += size;
    return at;
  }

  #reserve(size: number): void {
    if (this.length + size <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.length + size));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
