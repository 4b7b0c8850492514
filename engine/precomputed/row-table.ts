import type { PlainRules } from '../cache/plain-rules.ts';
import type { RuleSets } from '../cache/rule-sets.ts';
import type { FrameSection } from '../dwarf/frame-section.ts';
import type { HeaderRowSource } from '../dwarf/header-row-source.ts';
import type { ListRowSource } from '../dwarf/list-row-source.ts';
import { StretchIndex } from '../dwarf/stretch-index.ts';
import type { Row } from '../row/row.ts';
import { askSection } from './row-states.ts';
import { SectionRows } from './section-rows.ts';

/** In `#sets`: nothing is known of the addresses from here on. */
const unknown = askSection;

/**
 * Which rule set holds at each address: the rows of a section, sorted by address.
 */
export class RowTable {
  readonly #ruleSets: RuleSets;
  readonly #sectionName: string;
  /** Address all others are counted from. */
  readonly #baseLo: number;
  readonly #baseHi: number;
  /** First address of each row, ascending; the last one is behind everything. */
  readonly #starts: Uint32Array;
  /** By row: the id of its rule set, or `unknown`. */
  readonly #sets: Int32Array;
  /** By row: the first address of its function. */
  readonly #functions: Uint32Array;
  readonly #index: StretchIndex;

  /** Takes in the functions of a section that `source` finds at each of their addresses. */
  constructor(source: HeaderRowSource | ListRowSource, section: FrameSection, sets: RuleSets) {
    const all = new SectionRows(section, sets);
    const { functionStart, functionEnd, fdeOffset, firstRow, rowStart } = all;
    const { lo, hi } = section.bases.section;
    this.#ruleSets = sets;
    this.#sectionName = section.kind;
    const order = Uint32Array.from({ length: all.functionCount }, (_, i) => i)
      .filter((i) => {
        const start = address(lo, hi, functionStart[i]!);
        const last = address(lo, hi, functionEnd[i]! - 1);
        return source.coveringFde(section, start.lo, start.hi, last.lo, last.hi) === fdeOffset[i];
      })
      .sort((a, b) => functionStart[a]! - functionStart[b]!);
    const base = order.length === 0 ? 0 : functionStart[order[0]!]!;
    const first = address(lo, hi, base);
    this.#baseLo = first.lo;
    this.#baseHi = first.hi;

    const most = all.rowCount + order.length + 1;
    const starts = new Uint32Array(most);
    const ids = new Int32Array(most);
    const functions = new Uint32Array(most);
    let count = 0;
    let end = 0;
    for (const i of order) {
      const start = functionStart[i]! - base;
      // What lies between functions is nobody's.
      if (count > 0 && end !== start) {
        starts[count] = end;
        ids[count++] = unknown;
      }
      for (let row = firstRow[i]!; row < firstRow[i + 1]!; row++) {
        starts[count] = rowStart[row]! - base;
        ids[count] = all.ruleSetOf(row);
        functions[count++] = start;
      }
      end = functionEnd[i]! - base;
    }
    starts[count] = end;
    ids[count++] = unknown;
    this.#starts = starts.slice(0, count);
    this.#sets = ids.slice(0, count);
    this.#functions = functions.slice(0, count);
    this.#index = new StretchIndex(this.#starts);
  }

  /** Fills `row` with what holds at an address; false where the table does not know. */
  lookup(pcLo: number, pcHi: number, row: Row): boolean {
    const found = this.#find(pcLo, pcHi);
    if (found < 0) return false;
    this.#ruleSets.fill(this.#sets[found]!, row);
    row.section = this.#sectionName;
    const start = this.#baseLo + this.#starts[found]!;
    row.startLo = start >>> 0;
    row.startHi = this.#baseHi + (start > 0xffffffff ? 1 : 0);
    const end = this.#baseLo + this.#starts[found + 1]!;
    row.endLo = end >>> 0;
    row.endHi = this.#baseHi + (end > 0xffffffff ? 1 : 0);
    const functionStart = this.#baseLo + this.#functions[found]!;
    row.functionLo = functionStart >>> 0;
    row.functionHi = this.#baseHi + (functionStart > 0xffffffff ? 1 : 0);
    return true;
  }

  /** As `RowSource.lookupPlain`. */
  lookupPlain(pcLo: number, pcHi: number, rules: PlainRules): boolean {
    const found = this.#find(pcLo, pcHi);
    if (found < 0) return false;
    const sets = this.#ruleSets;
    return rules.copy(sets.code, sets.codeOf(this.#sets[found]!));
  }

  /** The row that holds at an address, or -1. */
  #find(pcLo: number, pcHi: number): number {
    const difference = pcLo - this.#baseLo;
    if (((pcHi - this.#baseHi - (difference < 0 ? 1 : 0)) | 0) !== 0) return -1;
    const offset = difference >>> 0;
    const found = this.#index.find(offset);
    return found < 0 || this.#sets[found]! === unknown ? -1 : found;
  }
}

/** An address counted from a section's. */
function address(lo: number, hi: number, distance: number): { lo: number; hi: number } {
  const sum = lo + distance;
  const carry = sum > 0xffffffff ? 1 : sum < 0 ? -1 : 0;
  return { lo: sum >>> 0, hi: (hi + carry) >>> 0 };
}
