import type { Architecture } from '../architecture/index.ts';
import { RuleSets } from '../cache/rule-sets.ts';
import { CfaKind, Row } from '../row/row.ts';
import { TripleMap } from './triple-map.ts';

/** The state of addresses that have to be asked of the section: what it says there is an error. */
export const askSection = -1;

const offsetBits = 14;
const columnBits = 6;
/** Offsets of the CFA, and ids of rules, must be below these in a state. */
export const mostOffset = 2 ** offsetBits;
export const mostRules = 2 ** (31 - offsetBits - columnBits);

/** The state of rows with CFA = register of a column + offset, and rules with this id. */
export function stateOf(rules: number, cfaColumn: number, cfaOffset: number): number {
  return (rules << (offsetBits + columnBits)) | (cfaColumn << offsetBits) | cfaOffset;
}

/**
 * Rows without their addresses, each in one number that costs next to nothing to make: it is put together of the CFA and
 * the rules, as what rows say besides their CFA repeats much more often than rows do. Rows that are not so simple have a
 * state below `askSection`.
 */
export class RowStates {
  /** Distinct rows. */
  readonly sets: RuleSets;
  /** What rows say besides their CFA, as rule sets with one and the same CFA. */
  readonly rules: RuleSets;
  readonly #row: Row;
  /** Rule sets by state, as far as they were asked for. */
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

  /** The state of any row. */
  stateOfRow(row: Row): number {
    return askSection - 1 - this.sets.intern(row);
  }

  /** The id of a row's rule set in `sets`; its state is not `askSection`. */
  setOf(state: number): number {
    if (state < askSection) return askSection - 1 - state;
    const known = this.#setOf.get(state, 0, 0);
    if (known >= 0) return known;
    const row = this.#row;
    this.rules.fill(state >> (offsetBits + columnBits), row);
    row.cfaColumn = (state >> offsetBits) & (2 ** columnBits - 1);
    row.cfaLo = state & (mostOffset - 1);
    const set = this.sets.intern(row);
    this.#setOf.add(state, 0, 0, set);
    return set;
  }
}
