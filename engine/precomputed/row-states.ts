import type { Architecture } from '../architecture/index.ts';
import { RuleSets } from '../cache/rule-sets.ts';
import { CfaKind, Row } from '../row/row.ts';
import { TripleMap } from './triple-map.ts';

/** The state of addresses that have to be asked of the section: what it says there is an error. */
export const askSection = -1;

// A usual state is the parts of a row in one word: id of its rules, column and eighth of the offset of its CFA.
const rulesShift = 20;
const columnShift = 14;
const columnMask = 0x3f;
const offsetMask = 0x3fff;
const mostRules = 2 ** 11;
const mostOffset = 8 * offsetMask;

/**
 * Rows without their addresses, each in one number, without looking anything up for the usual ones: what rows say
 * besides their CFA repeats much more often than rows do, and the CFA fits beside its id. Other states are -2 minus the
 * id of their rule set.
 */
export class RowStates {
  /** Distinct rows. */
  readonly sets: RuleSets;
  /** What rows say besides their CFA, as rule sets with one and the same CFA. */
  readonly rules: RuleSets;
  readonly #row: Row;
  /** Rule sets of the usual states that were asked for. */
  readonly #setOf = new TripleMap(4096);

  constructor(architecture: Architecture, sets: RuleSets) {
    this.sets = sets;
    this.rules = new RuleSets(architecture);
    this.#row = new Row(architecture.columnCount);
  }

  /** The id in `rules` of what a row says besides its CFA. The row's CFA is overwritten. */
  rulesOf(row: Row): number {
    row.cfaKind = CfaKind.registerOffset;
    row.cfaColumn = 0;
    row.cfaLo = 0;
    row.cfaHi = 0;
    return this.rules.intern(row);
  }

  /** The state with CFA = register of a column + offset, the offset from 0 to 2^31 - 1. */
  ofParts(rules: number, cfaColumn: number, cfaOffset: number): number {
    if ((cfaOffset & 7) === 0 && cfaOffset <= mostOffset && rules < mostRules) {
      return (rules << rulesShift) | (cfaColumn << columnShift) | (cfaOffset >>> 3);
    }
    return this.ofRow(this.#fromParts(rules, cfaColumn, cfaOffset));
  }

  /** The state of any row. */
  ofRow(row: Row): number {
    return -2 - this.sets.intern(row);
  }

  /** The id of a state's rule set in `sets`. */
  setOf(state: number): number {
    if (state < askSection) return -2 - state;
    const known = this.#setOf.get(state, 0, 0);
    if (known >= 0) return known;
    const offset = 8 * (state & offsetMask);
    const set = this.sets.intern(this.#fromParts(state >>> rulesShift, (state >>> columnShift) & columnMask, offset));
    this.#setOf.add(state, 0, 0, set);
    return set;
  }

  #fromParts(rules: number, cfaColumn: number, cfaOffset: number): Row {
    const row = this.#row;
    this.rules.fill(rules, row);
    row.cfaColumn = cfaColumn;
    row.cfaLo = cfaOffset;
    return row;
  }
}
