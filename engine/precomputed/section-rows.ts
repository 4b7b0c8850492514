import type { RuleSets } from '../cache/rule-sets.ts';
import type { Cie } from '../dwarf/cie.ts';
import { DW_EH_PE_omit, DW_EH_PE_pcrel, DW_EH_PE_sdata4 } from '../dwarf/constants.ts';
import { EntryHeader } from '../dwarf/entry-header.ts';
import { Fde } from '../dwarf/fde.ts';
import type { FrameSection } from '../dwarf/frame-section.ts';
import { scanEntry } from '../dwarf/scan.ts';
import { FunctionRows } from './function-rows.ts';
import type { RowStates } from './row-states.ts';

/** What compilers use in position-independent code. */
const usualEncoding = DW_EH_PE_pcrel | DW_EH_PE_sdata4;

const farthest = 2 ** 31 - 1;

/**
 * Every row of every function of a section, evaluated at once. Addresses are counted from the section's own; functions
 * stand in the section's order, those without addresses left out.
 */
export class SectionRows {
  /** Number of functions. */
  functionCount = 0;
  /** Where the FDE of each function lies in the section. */
  readonly fdeOffset: Uint32Array;
  /** Its first address, and the first behind it. */
  readonly functionStart: Int32Array;
  readonly functionEnd: Int32Array;
  /** Index of its first row; one entry more than there are functions. */
  readonly firstRow: Uint32Array;
  /** Functions farther from the section than 2 GiB, which are left out. */
  farFunctions = 0;
  readonly #section: FrameSection;
  readonly #rows: FunctionRows;
  /** The CIE whose FDEs may be read without care, and its offset or -1: the last one met whose encodings are usual. */
  #cieOffset = -1;
  #cie: Cie | undefined;
  /** Starts below this, counted from the section's address, would be below address 0. */
  readonly #lowest: number;

  /** What the rows say is interned in `sets` when it is asked for. */
  constructor(section: FrameSection, sets: RuleSets) {
    const { bytes } = section.section;
    // Length, CIE pointer, addresses: an FDE has more bytes.
    const mostFunctions = bytes.length >>> 3;
    const { lo, hi } = section.bases.section;
    this.#section = section;
    this.#lowest = hi === 0 ? -lo : Number.NEGATIVE_INFINITY;
    this.#rows = new FunctionRows(section, sets);
    this.fdeOffset = new Uint32Array(mostFunctions);
    this.functionStart = new Int32Array(mostFunctions);
    this.functionEnd = new Int32Array(mostFunctions);
    this.firstRow = new Uint32Array(mostFunctions + 1);
    this.#scan();
    this.firstRow[this.functionCount] = this.#rows.count;
  }

  /** Number of rows. */
  get rowCount(): number {
    return this.#rows.count;
  }

  /** Where each row begins; it ends where the function's next one begins, or with the function. */
  get rowStart(): Int32Array {
    return this.#rows.starts;
  }

  /** State of each row, or `askSection` where the section has no row but an error. */
  get rowState(): Int32Array {
    return this.#rows.states;
  }

  get states(): RowStates {
    return this.#rows.rowStates;
  }

  #scan(): void {
    const section = this.#section;
    const { bytes } = section.section;
    const header = new EntryHeader();
    const fde = new Fde();
    const usual = section.kind === '.eh_frame';
    const visitor = { fde: (found: Fde) => this.#addFde(found), broken: () => {} };
    for (let offset = 0; offset < bytes.length; ) {
      const next = usual ? this.#usualFde(offset) : 0;
      offset = next > 0 ? next : scanEntry(section, offset, header, fde, visitor);
    }
  }

  /** Adds the FDE at an offset where its layout is that of nearly all; returns where the next entry starts, or 0. */
  #usualFde(offset: number): number {
    const { bytes } = this.#section.section;
    const content = offset + 8;
    if (content + 9 > bytes.length) return 0;
    const length = int32(bytes, offset);
    const end = offset + 4 + length;
    if (length < 13 || end > bytes.length) return 0;
    // Only a CIE that was met before, in an FDE read with care: so it is good.
    if (offset + 4 - int32(bytes, offset + 4) !== this.#cieOffset) return 0;
    const cie = this.#cie!;
    const augmentation = bytes[content + 8]!;
    if (augmentation !== 0 && cie.lsdaEncoding !== DW_EH_PE_omit && augmentation !== 4) return 0;
    const instructions = content + 9 + augmentation;
    if (augmentation >= 0x80 || instructions > end) return 0;
    const distance = int32(bytes, content);
    const start = distance + content;
    // A pointer of 0 is no distance: it stands for itself.
    if (distance === 0 || start < this.#lowest) return 0;
    const size = int32(bytes, content + 4) >>> 0;
    if (size !== 0) this.#add(offset, cie, instructions, end, start, start + size);
    return end;
  }

  #addFde(fde: Fde): void {
    if (fde.isEmpty()) return;
    const cie = fde.cie!;
    const { bases, kind } = this.#section;
    const { lo, hi } = bases.section;
    const start = fde.startLo - lo + (fde.startHi - hi) * 2 ** 32;
    const end = fde.endLo - lo + (fde.endHi - hi) * 2 ** 32;
    this.#add(fde.offset, cie, fde.instructionsStart, fde.instructionsEnd, start, end);
    const usual =
      hi < 0xffff_fffe &&
      kind === '.eh_frame' &&
      cie.fdeEncoding === usualEncoding &&
      cie.augmentationData &&
      (cie.lsdaEncoding === DW_EH_PE_omit || cie.lsdaEncoding === usualEncoding);
    this.#cieOffset = usual ? cie.offset : -1;
    this.#cie = cie;
  }

  #add(offset: number, cie: Cie, from: number, to: number, start: number, end: number): void {
    if (start < -farthest || end > farthest) {
      this.farFunctions++;
      return;
    }
    const index = this.functionCount++;
    this.fdeOffset[index] = offset;
    this.functionStart[index] = start;
    this.functionEnd[index] = end;
    this.firstRow[index] = this.#rows.count;
    this.#rows.add(offset, cie, from, to, start, end);
  }
}

function int32(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24);
}
