import { ByteReader } from '../../dwarf/byte-reader.ts';
import type { DescriptorIndex, DescriptorRange } from '../linked-form.ts';
import { takeAddress } from './address-grid.ts';
import { BitReader } from './bit-reader.ts';
import { BlockIndex } from './block-index.ts';
import { CodeReader } from './code-reader.ts';
import {
  byFields,
  byteSymbolSize,
  descriptorSymbolSize,
  highBytes,
  indexEntrySize,
  lowSymbolSize,
  rawLow,
  sameLow,
  streamSection,
} from './constants.ts';
import { LsdaReader, type LsdaRecord } from './lsda-reader.ts';
import { readStreamHeader, type StreamHeader } from './stream-header.ts';

/** Finds descriptors in a section of the stream form, see FORMAT.md. A lookup decodes at most one block. */
export class StreamIndex implements DescriptorIndex {
  /** Addresses of personality routines or, in bit 0, of pointers to them; counted from the section's. */
  readonly personalities: Int32Array;
  readonly #header: StreamHeader;
  readonly #view: DataView;
  readonly #bits: BitReader;
  readonly #blocks: BlockIndex;
  readonly #descriptors: CodeReader;
  readonly #lows: CodeReader;
  readonly #highs: readonly CodeReader[];
  readonly #lengths: CodeReader;
  readonly #lsdas: LsdaReader | undefined;
  /** High half of the descriptor read last. */
  #hi = 0;

  /** Throws `UnwindError`: `unsupported` for other versions, `invalid` where header, index or codes are unusable. */
  constructor(bytes: Uint8Array) {
    const reader = new ByteReader(bytes, streamSection);
    const header = readStreamHeader(reader);
    this.#header = header;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#bits = new BitReader(bytes, reader.section);
    this.#blocks = new BlockIndex(reader, Math.ceil(header.recordCount / header.recordsPerBlock), indexEntrySize);
    this.personalities = Int32Array.from({ length: header.personalityCount }, () => reader.u32());
    const lsdaIndex = LsdaReader.readIndex(reader, header);
    this.#descriptors = new CodeReader(reader, descriptorSymbolSize);
    this.#lows = new CodeReader(reader, lowSymbolSize);
    this.#highs = Array.from({ length: highBytes }, () => new CodeReader(reader, byteSymbolSize));
    this.#lengths = new CodeReader(reader, byteSymbolSize);
    this.#lsdas = lsdaIndex === undefined ? undefined : new LsdaReader(reader, header, lsdaIndex, this.#bits);
  }

  find(address: number, out: DescriptorRange): boolean {
    const blocks = this.#blocks;
    const block = blocks.find(address);
    if (block < 0) return false;
    const { recordCount, recordsPerBlock, grid } = this.#header;
    const bits = this.#bits;
    const view = this.#view;
    blocks.enter(block, bits);
    const last = Math.min(recordsPerBlock, recordCount - block * recordsPerBlock) - 1;
    const blockEnd = blocks.number(block + 1, 0);
    let start = blocks.number(block, 0);
    let lo = 0;
    for (let record = 0; record <= last; record++) {
      lo = this.#readDescriptor(lo);
      let end = blockEnd;
      if (record < last) end = takeAddress(grid, start, view.getUint8(this.#lengths.read(bits)), bits);
      if (end < start || end > blockEnd) throw bits.invalid('ranges that ascend up to the next block');
      if (address < end) {
        out.start = start;
        out.end = end;
        out.lo = lo;
        out.hi = this.#hi;
        return true;
      }
      start = end;
    }
    throw bits.invalid('a block that reaches to the next one');
  }

  /** The LSDA of the function that has an address; false where it has none. As `find` otherwise. */
  findLsda(address: number, out: LsdaRecord): boolean {
    return this.#lsdas?.find(address, out) ?? false;
  }

  /** Reads a descriptor: returns the low half, given that of the one before, and sets `#hi`. */
  #readDescriptor(before: number): number {
    const view = this.#view;
    const symbol = this.#descriptors.read(this.#bits);
    const lo = view.getUint32(symbol, true);
    this.#hi = view.getUint32(symbol + 4, true);
    if (lo !== sameLow) return lo;
    return this.#hi === byFields ? this.#readFields(before) : before;
  }

  #readFields(before: number): number {
    const view = this.#view;
    const bits = this.#bits;
    let lo = view.getUint32(this.#lows.read(bits), true);
    if (lo === sameLow) lo = before;
    else if (lo === rawLow) lo = bits.take(32);
    let hi = 0;
    for (let byte = 0; byte < highBytes; byte++) hi |= view.getUint8(this.#highs[byte]!.read(bits)) << (8 * byte);
    this.#hi = hi >>> 0;
    return lo;
  }
}
