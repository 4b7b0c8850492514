import type { PlainRules } from '../cache/plain-rules.ts';
import type { Row } from './row.ts';

/** A module's unwind information in some encoding: finds the row that holds at an address. */
export interface RowSource {
  /**
   * Fills `row` with what holds at a lookup address (already reduced by one for return addresses). Returns false
   * where nothing covers it. Throws `UnwindError` where what covers it is invalid or unsupported; such an error
   * concerns this address only, never the whole module.
   */
  lookup(pcLo: number, pcHi: number, row: Row): boolean;
  /**
   * The short way to what `lookup` finds, for rules that are plain and found without trouble: writes them to `rules`. False
   * where that is not so; nothing is known then. Never throws.
   */
  lookupPlain?(pcLo: number, pcHi: number, rules: PlainRules): boolean;
}
