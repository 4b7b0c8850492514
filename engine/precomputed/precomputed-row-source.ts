import type { PlainRules } from '../cache/plain-rules.ts';
import type { Row } from '../row/row.ts';
import type { RowSource } from '../row/source.ts';
import type { RowTable } from './row-table.ts';

/** Answers from tables; where they do not know, from the source they were made of. */
export class PrecomputedRowSource implements RowSource {
  readonly #origin: RowSource;
  readonly #tables: readonly RowTable[];

  constructor(origin: RowSource, tables: readonly RowTable[]) {
    this.#origin = origin;
    this.#tables = tables;
  }

  lookup(pcLo: number, pcHi: number, row: Row): boolean {
    for (const table of this.#tables) if (table.lookup(pcLo, pcHi, row)) return true;
    return this.#origin.lookup(pcLo, pcHi, row);
  }

  lookupPlain(pcLo: number, pcHi: number, rules: PlainRules): boolean {
    const tables = this.#tables;
    for (let i = 0; i < tables.length; i++) if (tables[i]!.lookupPlain(pcLo, pcHi, rules)) return true;
    return false;
  }
}
