import { DW_EH_PE_pcrel, DW_EH_PE_sdata4 } from '../../dwarf/constants.ts';
import { UnwindError } from '../../errors.ts';
import type { DescriptorIndex, DescriptorRange } from '../linked-form.ts';
import {
  descriptorSize,
  dictionaryField,
  distanceShift,
  entrySize,
  firstOwnNumber,
  headerSize,
  indexEntrySize,
  lsdaEntrySize,
  lsdaField,
  mostPageBytes,
  numberMask,
  pageCountField,
  pageField,
  pageHeaderSize,
  personalitiesField,
  personalitySize,
  sectionName,
  version,
} from './constants.ts';

/** Of a function with an LSDA; addresses are counted from the section's. */
export interface LsdaEntry {
  function: number;
  lsda: number;
}

/** The paged `.eh_frame_hdr`, version 2. Whatever a lookup reads is checked when it is read. */
export class PagedIndex implements DescriptorIndex {
  readonly pageCount: number;
  readonly #view: DataView;
  readonly #personalities: number;
  readonly #dictionary: number;

  /** Throws `UnwindError` where the header or the first level of the index is not whole. */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = view;
    if (bytes.length < headerSize) throw invalid(0, `a header of ${headerSize} bytes`);
    if (bytes[0] !== version || bytes[1] !== (DW_EH_PE_pcrel | DW_EH_PE_sdata4) || bytes[2] !== 0 || bytes[3] !== 0) {
      throw new UnwindError('unsupported', sectionName, 0, 'expected version 2 with pointers of encoding 0x1b');
    }
    this.#personalities = view.getUint32(personalitiesField, true);
    this.#dictionary = view.getUint32(dictionaryField, true);
    this.pageCount = view.getUint32(pageCountField, true);
    if (headerSize + (this.pageCount + 1) * indexEntrySize > bytes.length) {
      throw invalid(pageCountField, 'pages and their index in the section');
    }
  }

  find(address: number, out: DescriptorRange): boolean {
    const view = this.#view;
    const index = this.#pageOf(address);
    if (index < 0 || index === this.pageCount) return false;
    const indexEntry = headerSize + index * indexEntrySize;
    const first = view.getInt32(indexEntry, true);
    const page = view.getUint32(indexEntry + pageField, true);
    const count = this.#entryCount(page, indexEntry);
    const entries = page + pageHeaderSize;
    const distance = address - first;
    let from = 0;
    let to = count;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (view.getUint32(entries + entrySize * middle, true) >>> distanceShift <= distance) from = middle + 1;
      else to = middle;
    }
    if (from === 0) return false;
    const place = entries + entrySize * (from - 1);
    const entry = view.getUint32(place, true);
    // Whatever the bytes are, the searches stopped where the next entry, or page, is above the address.
    out.start = first + (entry >>> distanceShift);
    out.end =
      from < count
        ? first + (view.getUint32(place + entrySize, true) >>> distanceShift)
        : view.getInt32(indexEntry + indexEntrySize, true);
    const descriptor = this.#descriptor(entry & numberMask, page, place);
    out.lo = view.getUint32(descriptor, true);
    out.hi = view.getUint32(descriptor + 4, true);
    return true;
  }

  /**
   * The function with an LSDA that starts last at or before an address counted from the section's; false where none does.
   * It is the function at the address if the descriptor there has a personality. Throws `UnwindError` as `find` does.
   */
  findLsda(address: number, out: LsdaEntry): boolean {
    const view = this.#view;
    const index = this.#pageOf(address);
    if (index < 0 || index === this.pageCount) return false;
    const table = this.#lsdaOf(0);
    const slice = this.#lsdaOf(index);
    const end = this.#lsdaOf(index + 1);
    if (table > slice || slice > end || end > view.byteLength || (slice - table) % lsdaEntrySize !== 0) {
      throw invalid(headerSize + index * indexEntrySize + lsdaField, 'a part of the LSDA table');
    }
    let from = 0;
    let to = Math.floor((end - slice) / lsdaEntrySize);
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (view.getInt32(slice + lsdaEntrySize * middle, true) <= address) from = middle + 1;
      else to = middle;
    }
    // The function may have begun on a page before.
    const place = slice + lsdaEntrySize * (from - 1);
    if (place < table) return false;
    out.function = view.getInt32(place, true);
    out.lsda = view.getInt32(place + 4, true);
    return true;
  }

  /**
   * Address of a personality routine, counted from the section's, or with bit 0 set that of a pointer to it. `number`, from
   * 1 on, is what descriptors have. Throws `UnwindError` where there is none.
   */
  personality(number: number): number {
    const place = this.#personalities + personalitySize * (number - 1);
    if (number < 1 || place + personalitySize > Math.min(this.#dictionary, this.#view.byteLength)) {
      throw invalid(personalitiesField, `a personality ${number}`);
    }
    return this.#view.getInt32(place, true);
  }

  /** The last first-level entry that is not above an address, or -1; `pageCount` where the address is behind all ranges. */
  #pageOf(address: number): number {
    const view = this.#view;
    let from = 0;
    let to = this.pageCount + 1;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (view.getInt32(headerSize + indexEntrySize * middle, true) <= address) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }

  #entryCount(page: number, indexEntry: number): number {
    const view = this.#view;
    if (page + pageHeaderSize > view.byteLength) throw invalid(indexEntry + pageField, 'a page in the section');
    const count = view.getUint16(page, true);
    const size = pageHeaderSize + entrySize * count;
    if (size > mostPageBytes || page + size > view.byteLength) throw invalid(page, 'a page of at most 4096 bytes');
    return count;
  }

  /** Where descriptor `number` of a page is. */
  #descriptor(number: number, page: number, entry: number): number {
    const view = this.#view;
    let place = this.#dictionary + descriptorSize * number;
    if (number >= firstOwnNumber) {
      const own = view.getUint16(page + 2, true);
      const inPage = own + descriptorSize * (number - firstOwnNumber);
      if (own === 0 || inPage + descriptorSize > mostPageBytes) throw invalid(entry, 'a descriptor of the page');
      place = page + inPage;
    }
    if (place + descriptorSize > view.byteLength) throw invalid(entry, 'a descriptor in the section');
    return place;
  }

  #lsdaOf(index: number): number {
    return this.#view.getUint32(headerSize + index * indexEntrySize + lsdaField, true);
  }
}

function invalid(offset: number, expectation: string): UnwindError {
  return new UnwindError('invalid', sectionName, offset, `expected ${expectation}`);
}
