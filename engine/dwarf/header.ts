import { UnwindError } from '../errors.ts';
import { ByteReader } from './byte-reader.ts';
import {
  DW_EH_PE_aligned,
  DW_EH_PE_base_mask,
  DW_EH_PE_datarel,
  DW_EH_PE_format_mask,
  DW_EH_PE_funcrel,
  DW_EH_PE_indirect,
  DW_EH_PE_omit,
  DW_EH_PE_sdata4,
  DW_EH_PE_textrel,
} from './constants.ts';
import {
  type Base,
  EncodedPointer,
  encodedSize,
  type PointerBases,
  readEncodedPointer,
  readEncodedValue,
} from './pointer-encoding.ts';
import type { SectionBytes } from './section-bytes.ts';
import { StretchIndex } from './stretch-index.ts';

/** Name of the section in errors. */
export const headerSection = '.eh_frame_hdr';

const pointerSize = 8;

/** Entries gone through in a search: after searches through as many as the table has, it is worth an index. */
const entriesPerSearch = 16;

/** `.eh_frame_hdr` (LSB ".eh_frame_hdr", version 1): where `.eh_frame` is, and a table of its FDEs sorted by address. */
export class FrameHeader {
  readonly version: number;
  /** Address of `.eh_frame`; absent where its encoding is `omit`. */
  readonly ehFrame: bigint | undefined;
  /** Number of entries of the table; 0 where there is none. */
  readonly count: number;
  /** Encoding of both halves of an entry. */
  readonly tableEncoding: number;
  readonly #reader: ByteReader;
  readonly #view: DataView;
  readonly #bases: PointerBases;
  readonly #base: Base;
  readonly #table: number;
  readonly #entrySize: number;
  /** The usual table: signed distances from the start of this section. */
  readonly #isNear: boolean;
  readonly #pointer = new EncodedPointer();
  /** Entries of the usual table gone through by searches, as long as there is no index. */
  #searched = 0;
  /** Of the usual table, if it is sorted: its addresses counted from the first. */
  #index: StretchIndex | undefined;
  #first = 0;

  /**
   * `absolute` is added to pointers that count from nothing, as in `FrameSectionOptions.loadBias`. Throws `UnwindError`:
   * `invalid` where the section is too short, `unsupported` for other versions and encodings.
   */
  constructor(section: SectionBytes, absolute: Base = { lo: 0, hi: 0 }) {
    const { address, bytes } = section;
    const reader = new ByteReader(bytes, headerSection);
    this.#reader = reader;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#base = { lo: Number(address & 0xffffffffn), hi: Number((address >> 32n) & 0xffffffffn) };
    // Pointers of this section count from its start.
    this.#bases = { section: this.#base, text: undefined, data: this.#base, absolute };
    this.version = reader.u8();
    if (this.version !== 1) throw new UnwindError('unsupported', headerSection, 0, 'expected version 1');
    const ehFrameEncoding = reader.u8();
    const countEncoding = reader.u8();
    this.tableEncoding = reader.u8();
    this.#isNear = this.tableEncoding === (DW_EH_PE_datarel | DW_EH_PE_sdata4);
    this.#read(ehFrameEncoding);
    this.ehFrame = this.#pointer.present ? (BigInt(this.#pointer.hi) << 32n) | BigInt(this.#pointer.lo) : undefined;
    this.count = 0;
    this.#table = 0;
    this.#entrySize = 0;
    if (countEncoding === DW_EH_PE_omit || this.tableEncoding === DW_EH_PE_omit) return;
    const countOffset = reader.position;
    if ((countEncoding & ~DW_EH_PE_format_mask) !== 0) {
      throw new UnwindError('unsupported', headerSection, 2, 'expected a count that is relative to nothing');
    }
    // A number, not a pointer: it does not move with the module.
    const count = readEncodedValue(reader, countEncoding, pointerSize);
    const countHi = reader.hi;
    this.#table = reader.position;
    this.#entrySize = 2 * this.#valueSize();
    if (countHi !== 0 || this.#table + count * this.#entrySize > bytes.length) {
      throw reader.invalid('a table that ends in the section', countOffset);
    }
    this.count = count;
  }

  /** Index of the last entry whose address is not above the given one, or -1. */
  find(lo: number, hi: number): number {
    if (this.#isNear) return this.#findNear(lo, hi);
    const pointer = this.#pointer;
    let from = 0;
    let to = this.count;
    while (from < to) {
      const middle = (from + to) >>> 1;
      this.#readValue(middle, 0);
      if (pointer.hi < hi || (pointer.hi === hi && pointer.lo <= lo)) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }

  /** Address of the FDE of an entry, relative to an address it is not below; -1 where it is below or 2^32 away. */
  fdeOffset(index: number, section: Base): number {
    if (this.#isNear) {
      const distance = this.#view.getInt32(this.#table + 8 * index + 4, true);
      // Far away from one another they may be near again, beyond the last address; that is not the usual case.
      const near = (this.#base.hi - section.hi) * 2 ** 32 + (this.#base.lo - section.lo) + distance;
      if (distance !== 0 && near >= 0 && near <= 0xffffffff) return near;
    }
    this.#readValue(index, this.#entrySize / 2);
    const offset = this.#pointer.lo - section.lo;
    return this.#pointer.hi - section.hi - (offset < 0 ? 1 : 0) === 0 ? offset >>> 0 : -1;
  }

  /** Both addresses of an entry below `count`. */
  entry(index: number): { readonly address: bigint; readonly fde: bigint } {
    const pointer = this.#pointer;
    this.#readValue(index, 0);
    const address = (BigInt(pointer.hi) << 32n) | BigInt(pointer.lo);
    this.#readValue(index, this.#entrySize / 2);
    return { address, fde: (BigInt(pointer.hi) << 32n) | BigInt(pointer.lo) };
  }

  /** The usual table, searched by signed distances from the section's start without decoding an entry. */
  #findNear(lo: number, hi: number): number {
    const distanceLo = lo - this.#base.lo;
    const distanceHi = (hi - this.#base.hi - (distanceLo < 0 ? 1 : 0)) | 0;
    const distance = distanceLo | 0;
    // Further than 2 GiB away: before all entries, or behind all of them.
    if (distanceHi !== distance >> 31) return distanceHi < 0 ? -1 : this.count - 1;
    if (this.#index !== undefined) return distance < this.#first ? -1 : this.#index.find(distance - this.#first);
    if (this.#searched < this.count) {
      this.#searched += entriesPerSearch;
      if (this.#searched >= this.count) this.#makeIndex();
    }
    const view = this.#view;
    const table = this.#table;
    let from = 0;
    let to = this.count;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (view.getInt32(table + 8 * middle, true) <= distance) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }

  /** An index, unless the table is not sorted: what a search finds there is by chance, but always the same. */
  #makeIndex(): void {
    const first = this.#view.getInt32(this.#table, true);
    const starts = new Uint32Array(this.count);
    let last = 0;
    for (let i = 0; i < starts.length; i++) {
      const start = this.#view.getInt32(this.#table + 8 * i, true) - first;
      if (start < last) return;
      last = start;
      starts[i] = start;
    }
    this.#first = first;
    this.#index = new StretchIndex(starts);
  }

  #readValue(index: number, offset: number): void {
    const position = this.#table + index * this.#entrySize + offset;
    this.#reader.window(position, this.#reader.bytes.length);
    this.#read(this.tableEncoding);
  }

  #read(encoding: number): void {
    readEncodedPointer(this.#reader, encoding, pointerSize, this.#bases, undefined, this.#pointer);
  }

  /** Bytes of half an entry; a binary search needs entries of one size that lie one behind the other. */
  #valueSize(): number {
    const encoding = this.tableEncoding;
    const size = encodedSize(encoding, pointerSize);
    const base = encoding & DW_EH_PE_base_mask;
    if (size === 0 || base === DW_EH_PE_aligned || (encoding & DW_EH_PE_indirect) !== 0) {
      const expectation = 'expected a table of direct pointers of one size';
      throw new UnwindError('unsupported', headerSection, 3, expectation);
    }
    // Neither means anything here; every search would fail where no entry does by itself.
    if (base === DW_EH_PE_textrel || base === DW_EH_PE_funcrel) {
      throw new UnwindError('unsupported', headerSection, 3, 'expected a table of pointers with a known base');
    }
    return size;
  }
}
