/** Reads a section value by value; every value is a BigInt. */
export class NaiveReader {
  readonly #view: DataView;
  readonly #address: bigint;
  position: number;

  constructor(bytes: Uint8Array, address: bigint, position = 0) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#address = address;
    this.position = position;
  }

  u8(): bigint {
    return BigInt(this.#view.getUint8(this.position++));
  }

  u16(): bigint {
    this.position += 2;
    return BigInt(this.#view.getUint16(this.position - 2, true));
  }

  u32(): bigint {
    this.position += 4;
    return BigInt(this.#view.getUint32(this.position - 4, true));
  }

  u64(): bigint {
    this.position += 8;
    return this.#view.getBigUint64(this.position - 8, true);
  }

  uleb(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.u8();
      value |= (byte & 0x7fn) << shift;
      if ((byte & 0x80n) === 0n) return value;
    }
  }

  sleb(): bigint {
    let value = 0n;
    for (let shift = 0n; ; ) {
      const byte = this.u8();
      value |= (byte & 0x7fn) << shift;
      shift += 7n;
      if ((byte & 0x80n) === 0n) return (byte & 0x40n) === 0n ? value : value - (1n << shift);
    }
  }

  cString(): string {
    let text = '';
    for (let byte = this.u8(); byte !== 0n; byte = this.u8()) text += String.fromCharCode(Number(byte));
    return text;
  }

  /** A pointer of the encodings compilers use: `absptr`, `udata4`, `sdata4` and `sdata8`, alone, `pcrel` or `datarel`. */
  pointer(encoding: bigint, dataBase = 0n): bigint {
    const here = this.#address + BigInt(this.position);
    let value: bigint;
    switch (encoding & 0x0fn) {
      case 0x0bn:
        value = BigInt.asIntN(32, this.u32());
        break;
      case 0x03n:
        value = this.u32();
        break;
      case 0x00n:
      case 0x0cn:
        value = this.u64();
        break;
      default:
        throw new Error(`naive baseline: pointer encoding 0x${encoding.toString(16)}`);
    }
    if ((encoding & 0x70n) === 0x10n) value += here;
    else if ((encoding & 0x70n) === 0x30n) value += dataBase;
    return BigInt.asUintN(64, value);
  }
}
