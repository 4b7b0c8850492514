import { UnwindError } from '../errors.ts';

/**
 * A cursor over the bytes of a section, little-endian. Reading past `end` throws `UnwindError` (`invalid`).
 *
 * 64-bit values come as halves: the method returns the low half as an unsigned number, the high half is in `hi`, so
 * that nothing is allocated.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  /** Name of the section, for errors. */
  readonly section: string;
  /** Offset of the next byte to read. */
  position = 0;
  /** First offset that must not be read; at most the length of the section. */
  end: number;
  /** High half of the last 64-bit value. */
  hi = 0;

  constructor(bytes: Uint8Array, section: string) {
    this.bytes = bytes;
    this.section = section;
    this.end = bytes.length;
  }

  /** Goes to an offset and forbids reading at `end` or behind it; both must lie in the section. */
  window(position: number, end: number): void {
    if (!(position >= 0 && position <= end && end <= this.bytes.length))
      throw this.invalid(`${end - position} bytes in the section`, position);
    this.position = position;
    this.end = end;
  }

  u8(): number {
    if (this.position >= this.end) throw this.#short(1);
    return this.bytes[this.position++]!;
  }

  u16(): number {
    const position = this.position;
    if (position + 2 > this.end) throw this.#short(2);
    this.position = position + 2;
    return this.bytes[position]! | (this.bytes[position + 1]! << 8);
  }

  u32(): number {
    const position = this.position;
    if (position + 4 > this.end) throw this.#short(4);
    const bytes = this.bytes;
    this.position = position + 4;
    return (
      (bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16) | (bytes[position + 3]! << 24)) >>>
      0
    );
  }

  u64(): number {
    if (this.position + 8 > this.end) throw this.#short(8);
    const lo = this.u32();
    this.hi = this.u32();
    return lo;
  }

  /** ULEB128 (DWARF 5, section 7.6). Redundant bytes are accepted; a value beyond 64 bits is invalid. */
  uleb(): number {
    const first = this.u8();
    if (first < 0x80) {
      this.hi = 0;
      return first;
    }
    return this.#leb(first, false);
  }

  /** SLEB128 (DWARF 5, section 7.6), sign-extended to 64 bits; a value beyond 64 bits is invalid. */
  sleb(): number {
    const first = this.u8();
    if (first < 0x80) {
      const value = (first << 25) >> 25;
      this.hi = value < 0 ? 0xffffffff : 0;
      return value >>> 0;
    }
    return this.#leb(first, true);
  }

  /** Bytes up to a zero byte, which is consumed, as Latin-1; more than `limit` characters are invalid. */
  cString(limit: number): string {
    const start = this.position;
    let text = '';
    for (;;) {
      const byte = this.u8();
      if (byte === 0) return text;
      if (text.length === limit) throw this.invalid(`a string of at most ${limit} characters`, start);
      text += String.fromCharCode(byte);
    }
  }

  /** Skips as many bytes as a length just read as ULEB128 says, and returns where they start. */
  skip(lo: number, hi: number): number {
    const start = this.position;
    if (hi !== 0 || start + lo > this.end) throw this.invalid(`a length of at most ${this.end - start}`, start);
    this.position = start + lo;
    return start;
  }

  /** An `UnwindError` of kind `invalid` that names this section; the offset is the position unless given. */
  invalid(expectation: string, offset: number = this.position): UnwindError {
    return new UnwindError('invalid', this.section, offset, `expected ${expectation}`);
  }

  #leb(first: number, signed: boolean): number {
    const start = this.position - 1;
    let lo = first & 0x7f;
    let hi = 0;
    let shift = 7;
    let byte = first;
    // Bits 64 and up that do not fit: for a signed number all of them must repeat the sign.
    let excessOr = 0;
    let excessAnd = 0x7f;
    let excess = false;
    while (byte >= 0x80) {
      byte = this.u8();
      const bits = byte & 0x7f;
      if (shift < 28) lo |= bits << shift;
      else if (shift === 28) {
        lo |= bits << 28;
        hi = bits >>> 4;
      } else if (shift < 63) hi |= bits << (shift - 32);
      else if (shift === 63) {
        hi |= bits << 31;
        const high = signed ? ((bits << 25) >> 26) & 0x7f : bits >>> 1;
        excessOr |= high;
        excessAnd &= high;
        excess = true;
      } else {
        excessOr |= bits;
        excessAnd &= bits;
      }
      shift += 7;
    }
    if (signed && shift < 64 && (byte & 0x40) !== 0) {
      if (shift < 32) {
        lo |= -1 << shift;
        hi = -1;
      } else hi |= -1 << (shift - 32);
    }
    if (excess) {
      const fits = signed ? (hi < 0 ? excessAnd === 0x7f : excessOr === 0) : excessOr === 0;
      if (!fits) throw this.invalid(`a ${signed ? 'S' : 'U'}LEB128 number of at most 64 bits`, start);
    }
    this.hi = hi >>> 0;
    return lo >>> 0;
  }

  #short(size: number): UnwindError {
    return this.invalid(`${size} byte${size === 1 ? '' : 's'} before +0x${this.end.toString(16)}`);
  }
}
