import type { Architecture } from '../architecture/index.ts';
import { RuleSets } from '../cache/rule-sets.ts';
import { CfaKind, Row } from '../row/row.ts';
import { TripleMap } from './triple-map.ts';

/** The head of addresses that have to be asked of the section: what it says there is an error. */
export const askSection = -1;

const columns = 64;

/** The head of rows with CFA = register of a column + offset, and rules with this id. */
export function headOf(rules: number, cfaColumn: number): number {
  return rules * columns + cfaColumn;
}

/**
 * Rows without their addresses, each in two numbers that cost next to nothing to make: the head stands for the rules
 * and the column of the CFA, the other one is the offset of the CFA from that. What rows say besides their CFA repeats
 * much more often than rows do. Rows with a CFA of another kind have a head below `askSection`, and the offset 0.
 */
export class RowStates {
  /** Distinct rows. */
  readonly sets: RuleSets;
  /** What rows say besides their CFA, as rule sets with one and the same CFA. */
  readonly rules: RuleSets;
  readonly #row: Row;
  /** Rule sets by head and offset, as far as they were asked for. */
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

  /** The head of any row. */
  headOfRow(row: Row): number {
    return askSection - 1 - this.sets.intern(row);
  }

  /** The id of a row's rule set in `sets`; its head is not `askSection`. */
  setOf(head: number, offset: number): number {
    if (head < askSection) return askSection - 1 - head;
    const known = this.#setOf.get(head, offset, 0);
    if (known >= 0) return known;
    const row = this.#row;
    this.rules.fill(Math.floor(head / columns), row);
    row.cfaColumn = head % columns;
    row.cfaLo = offset;
    const set = this.sets.intern(row);
    this.#setOf.add(head, offset, 0, set);
    return set;
  }
}
