import type { ByteReader } from '../../dwarf/byte-reader.ts';
import { takeAddress } from './address-grid.ts';
import type { BitReader } from './bit-reader.ts';
import { BlockIndex } from './block-index.ts';
import { CodeReader } from './code-reader.ts';
import { bitCountMask, byteSymbolSize, lsdaIndexEntrySize, negativeDistance } from './constants.ts';
import { takeNumber } from './number-code.ts';
import type { StreamHeader } from './stream-header.ts';

/** A function with an LSDA: addresses counted from the section's, and the index of its personality routine. */
export interface LsdaRecord {
  start: number;
  end: number;
  lsda: number;
  personality: number;
}

/** Finds LSDAs in a section of the stream form. A lookup decodes at most one block. */
export class LsdaReader {
  readonly #header: StreamHeader;
  readonly #view: DataView;
  readonly #bits: BitReader;
  readonly #blocks: BlockIndex;
  readonly #gaps: CodeReader;
  readonly #sizes: CodeReader;
  readonly #distances: CodeReader;
  readonly #personalities: CodeReader;

  /** Reads the codes at the reader's position and goes behind them. */
  constructor(reader: ByteReader, header: StreamHeader, blocks: BlockIndex, bits: BitReader) {
    const { bytes } = reader;
    this.#header = header;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#bits = bits;
    this.#blocks = blocks;
    this.#gaps = new CodeReader(reader, byteSymbolSize);
    this.#sizes = new CodeReader(reader, byteSymbolSize);
    this.#distances = new CodeReader(reader, byteSymbolSize);
    this.#personalities = new CodeReader(reader, byteSymbolSize);
  }

  /** The index at the reader's position, which goes behind it; undefined where no function has an LSDA. */
  static readIndex(reader: ByteReader, { lsdaCount, lsdasPerBlock }: StreamHeader): BlockIndex | undefined {
    if (lsdaCount === 0) return undefined;
    return new BlockIndex(reader, Math.ceil(lsdaCount / lsdasPerBlock), lsdaIndexEntrySize);
  }

  find(address: number, out: LsdaRecord): boolean {
    const blocks = this.#blocks;
    const block = blocks.find(address);
    if (block < 0) return false;
    const { lsdaCount, lsdasPerBlock, grid } = this.#header;
    const bits = this.#bits;
    blocks.enter(block, bits);
    const count = Math.min(lsdasPerBlock, lsdaCount - block * lsdasPerBlock);
    let start = blocks.number(block, 0);
    let lsda = blocks.number(block, 4);
    for (let record = 0; ; ) {
      const end = takeAddress(grid, start, this.#symbol(this.#sizes), bits);
      const personality = this.#symbol(this.#personalities);
      if (address < end) {
        out.start = start;
        out.end = end;
        out.lsda = lsda;
        out.personality = personality;
        return true;
      }
      if (++record === count) return false;
      start = takeAddress(grid, end, this.#symbol(this.#gaps), bits);
      if (address < start) return false;
      const symbol = this.#symbol(this.#distances);
      const distance = takeNumber(bits, symbol & bitCountMask);
      lsda += (symbol & negativeDistance) === 0 ? distance : -distance;
    }
  }

  /** Reads a symbol of one byte. */
  #symbol(code: CodeReader): number {
    return this.#view.getUint8(code.read(this.#bits));
  }
}
