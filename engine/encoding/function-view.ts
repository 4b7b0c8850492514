import { Row } from '../row/row.ts';
import { type FunctionTable, noRow } from './function-table.ts';

/** One function of a table, addresses counted from its start. One object is moved from function to function. */
export class FunctionView {
  readonly table: FunctionTable;
  index = 0;
  /** Bytes. */
  size = 0;
  rowCount = 0;
  #start = 0;
  #firstRow = 0;

  constructor(table: FunctionTable) {
    this.table = table;
  }

  moveTo(index: number): this {
    const { start, end, firstRow } = this.table;
    this.index = index;
    this.#start = start[index]!;
    this.size = end[index]! - this.#start;
    this.#firstRow = firstRow[index]!;
    this.rowCount = firstRow[index + 1]! - this.#firstRow;
    return this;
  }

  /** Where a row begins; that of the row behind the last one is the function's size. */
  rowStart(row: number): number {
    return row === this.rowCount ? this.size : this.table.rowStart[this.#firstRow + row]! - this.#start;
  }

  /** The id of what a row says, or `noRow`. */
  rowSet(row: number): number {
    return this.table.rowSet[this.#firstRow + row]!;
  }

  /** What a row says, in a row of its own, or undefined where it is `noRow`. */
  row(row: number): Row | undefined {
    const set = this.rowSet(row);
    if (set === noRow) return undefined;
    const filled = new Row(this.table.architecture.columnCount);
    this.table.sets.fill(set, filled);
    return filled;
  }

  get code(): Uint8Array | undefined {
    return this.table.code(this.index);
  }
}
