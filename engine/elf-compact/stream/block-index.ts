import type { ByteReader } from '../../dwarf/byte-reader.ts';
import type { BitReader } from './bit-reader.ts';

/**
 * The skip index of a run of blocks: entries of one size that begin with the first address of a block and end with the
 * block's offset. One entry more than there are blocks tells where the last one ends.
 */
export class BlockIndex {
  readonly blockCount: number;
  readonly #reader: ByteReader;
  readonly #view: DataView;
  readonly #start: number;
  readonly #entrySize: number;

  /** Takes the index at the reader's position and goes behind it. Throws `UnwindError` where it is not all there. */
  constructor(reader: ByteReader, blockCount: number, entrySize: number) {
    const { bytes } = reader;
    this.blockCount = blockCount;
    this.#reader = reader;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#entrySize = entrySize;
    this.#start = reader.skip((blockCount + 1) * entrySize, 0);
  }

  /** The last block that begins by an address, or -1 where that lies before the first or behind the last one. */
  find(address: number): number {
    let from = 0;
    let to = this.blockCount + 1;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#view.getInt32(this.#start + middle * this.#entrySize, true) <= address) from = middle + 1;
      else to = middle;
    }
    return from > this.blockCount ? -1 : from - 1;
  }

  /** The signed number at an offset in an entry. */
  number(block: number, offset: number): number {
    return this.#view.getInt32(this.#start + block * this.#entrySize + offset, true);
  }

  /** Sets a reader to a block. Throws `UnwindError` where that does not lie in the section. */
  enter(block: number, bits: BitReader): void {
    const last = this.#entrySize - 4;
    const from = this.number(block, last) >>> 0;
    const to = this.number(block + 1, last) >>> 0;
    if (from > to || to > this.#view.byteLength) {
      const entry = this.#start + block * this.#entrySize;
      throw this.#reader.invalid('offsets of blocks that ascend and lie in the section', entry + last);
    }
    bits.window(from, to);
  }
}
