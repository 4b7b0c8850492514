/** A growing little-endian byte buffer; what writes returns the writer, so that calls can be chained. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  u16(value: number): this {
    this.u8(value & 0xff);
    this.u8((value >>> 8) & 0xff);
    return this;
  }

  u32(value: number): this {
    this.u16(value & 0xffff);
    this.u16(value >>> 16);
    return this;
  }

  /** The low 64 bits of `value`. */
  u64(value: bigint): this {
    this.u32(Number(BigInt.asUintN(32, value)));
    this.u32(Number(BigInt.asUintN(32, value >> 32n)));
    return this;
  }

  /** The low `size` (1, 2, 4 or 8) bytes of `value`. */
  integer(value: bigint, size: number): this {
    for (let shift = 0n; shift < 8 * size; shift += 8n) this.u8(Number((value >> shift) & 0xffn));
    return this;
  }

  /** Unsigned LEB128 (DWARF 5, section 7.6); throws a RangeError on negative values. */
  uleb(value: bigint | number): this {
    let rest = BigInt(value);
    if (rest < 0n) throw new RangeError(`ULEB128 of the negative value ${rest}`);
    for (; rest >= 0x80n; rest >>= 7n) this.u8(Number(rest & 0x7fn) | 0x80);
    this.u8(Number(rest));
    return this;
  }

  /** Signed LEB128 (DWARF 5, section 7.6). */
  sleb(value: bigint | number): this {
    let rest = BigInt(value);
    for (; rest < -0x40n || rest >= 0x40n; rest >>= 7n) this.u8(Number(rest & 0x7fn) | 0x80);
    this.u8(Number(rest & 0x7fn));
    return this;
  }

  bytes(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** ASCII text with its terminating zero. */
  string(text: string): this {
    for (let i = 0; i < text.length; i++) this.u8(text.charCodeAt(i));
    this.u8(0);
    return this;
  }

  /** Fills up with `fill` until the length is a multiple of `alignment`. */
  align(alignment: number, fill = 0): this {
    while (this.#length % alignment !== 0) this.u8(fill);
    return this;
  }

  /** Overwrites `size` bytes at `offset` with `value`. */
  patch(offset: number, value: bigint, size: number): this {
    for (let i = 0; i < size; i++) this.#bytes[offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
    return this;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
