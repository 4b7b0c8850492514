import type { RuleSets } from '../cache/rule-sets.ts';
import type { Cie } from '../dwarf/cie.ts';
import { EntryHeader } from '../dwarf/entry-header.ts';
import { Fde } from '../dwarf/fde.ts';
import type { FrameSection } from '../dwarf/frame-section.ts';
import { scanEntry } from '../dwarf/scan.ts';
import { fewestBytes, hasUsualFdes } from '../dwarf/usual-fde.ts';
import { FunctionRows } from './function-rows.ts';
import { askSection } from './row-states.ts';

const farthest = 2 ** 31 - 1;

/**
 * Every row of every function of a section, evaluated at once. Addresses are counted from the section's own; functions
 * stand in the section's order, those without addresses left out.
 */
export class SectionRows {
  /** Number of functions. */
  functionCount = 0;
  /** Where the FDE of each function lies in the section. */
  fdeOffset: Uint32Array<ArrayBuffer>;
  /** Its first address, and the first behind it. */
  functionStart: Int32Array<ArrayBuffer>;
  functionEnd: Int32Array<ArrayBuffer>;
  /** Index of its first row; one entry more than there are functions. */
  firstRow: Uint32Array<ArrayBuffer>;
  /** Functions farther from the section than 2 GiB, which are left out. */
  farFunctions = 0;
  readonly #section: FrameSection;
  readonly #rows: FunctionRows;
  /** That of the last FDE read with care, if others of it can be read in haste. */
  #cie: Cie | undefined;
  /** Starts below this, counted from the section's address, would be below address 0. */
  readonly #lowest: number;

  /** What the rows say is interned in `sets` when it is asked for. */
  constructor(section: FrameSection, sets: RuleSets) {
    const { bytes } = section.section;
    const expected = (bytes.length >>> 5) + 16;
    const { lo, hi } = section.bases.section;
    this.#section = section;
    this.#lowest = hi === 0 ? -lo : Number.NEGATIVE_INFINITY;
    this.#rows = new FunctionRows(section, sets);
    this.fdeOffset = new Uint32Array(expected);
    this.functionStart = new Int32Array(expected);
    this.functionEnd = new Int32Array(expected);
    this.firstRow = new Uint32Array(expected);
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

  /** The id of a row's rule set in `sets`, or `askSection` where the section has no row but an error. */
  ruleSetOf(row: number): number {
    const state = this.#rows.states[row]!;
    return state === askSection ? askSection : this.#rows.rowStates.setOf(state);
  }

  #scan(): void {
    const section = this.#section;
    const { bytes } = section.section;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const header = new EntryHeader();
    const fde = new Fde();
    const visitor = { fde: (found: Fde) => this.#addFde(found), broken: () => {} };
    let offset = 0;
    while (offset < bytes.length) {
      offset = scanEntry(section, offset, header, fde, visitor);
      if (this.#cie !== undefined) offset = this.#addUsualFdes(view, offset, this.#cie);
    }
  }

  /**
   * Adds the FDEs from an offset on as long as they have this CIE, which is a usual one, and the layout of nearly all;
   * returns where the first other entry starts.
   */
  #addUsualFdes(view: DataView, offset: number, cie: Cie): number {
    const last = view.byteLength - fewestBytes;
    const lowest = this.#lowest;
    while (offset <= last) {
      const content = offset + 8;
      const end = offset + 4 + view.getInt32(offset, true);
      if (end < offset + fewestBytes || end > view.byteLength) break;
      if (offset + 4 - view.getInt32(offset + 4, true) !== cie.offset) break;
      const distance = view.getInt32(content, true);
      const size = view.getUint32(content + 4, true);
      const augmentation = view.getUint8(content + 8);
      const instructions = content + 9 + augmentation;
      // The other one with an LSDA is a CIE whose augmentation data is one pointer.
      if (augmentation !== 0 && (augmentation !== 4 || instructions > end)) break;
      const start = distance + content;
      // A pointer of 0 is no distance: it stands for itself.
      if (distance === 0 || start < lowest) break;
      if (size !== 0) this.#add(offset, cie, instructions, end, start, start + size);
      offset = end;
    }
    return offset;
  }

  #addFde(fde: Fde): void {
    if (fde.isEmpty()) return;
    const cie = fde.cie!;
    const { lo, hi } = this.#section.bases.section;
    const start = fde.startLo - lo + (fde.startHi - hi) * 2 ** 32;
    const end = fde.endLo - lo + (fde.endHi - hi) * 2 ** 32;
    this.#add(fde.offset, cie, fde.instructionsStart, fde.instructionsEnd, start, end);
    this.#cie = hasUsualFdes(this.#section, cie) ? cie : undefined;
  }

  #add(offset: number, cie: Cie, from: number, to: number, start: number, end: number): void {
    if (start < -farthest || end > farthest) {
      this.farFunctions++;
      return;
    }
    const index = this.functionCount++;
    // The index of the rows has one entry more.
    if (index + 1 === this.fdeOffset.length) this.#grow();
    this.fdeOffset[index] = offset;
    this.functionStart[index] = start;
    this.functionEnd[index] = end;
    this.firstRow[index] = this.#rows.count;
    this.#rows.add(offset, cie, from, to, start, end);
  }

  #grow(): void {
    const length = 2 * this.fdeOffset.length;
    this.fdeOffset = larger(this.fdeOffset, new Uint32Array(length));
    this.functionStart = larger(this.functionStart, new Int32Array(length));
    this.functionEnd = larger(this.functionEnd, new Int32Array(length));
    this.firstRow = larger(this.firstRow, new Uint32Array(length));
  }
}

function larger<Words extends Int32Array | Uint32Array>(words: Words, into: Words): Words {
  into.set(words);
  return into;
}
