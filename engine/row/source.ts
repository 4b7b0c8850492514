import type { Row } from './row.ts';

/** A module's unwind information in some encoding: finds the row that holds at an address. */
export interface RowSource {
  /**
   * Fills `row` with what holds at a lookup address (already reduced by one for return addresses). Returns false
   * where nothing covers it. Throws `UnwindError` where what covers it is invalid or unsupported; such an error
   * concerns this address only, never the whole module.
   */
  lookup(pcLo: number, pcHi: number, row: Row): boolean;
}
