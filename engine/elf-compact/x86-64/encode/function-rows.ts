import { noRow } from '../../../encoding/function-table.ts';
import type { FunctionView } from '../../../encoding/function-view.ts';
import { unspeakable } from './cfa-codes.ts';
import type { RowClasses } from './row-classes.ts';

/** The rows of one function in the terms of descriptors, equal neighbours made one. One object is reused. */
export class FunctionRows {
  count = 0;
  /** Bytes of the function. */
  size = 0;
  /** Where each row begins; one entry more than there are rows, the function's size. */
  start = new Int32Array(64);
  /** See `cfa-codes.ts` and `saved-registers.ts`. */
  cfa = new Int32Array(64);
  saved = new Int32Array(64);

  /** Returns why a row cannot be said, or undefined. `mostCode` is the largest code of `cfa-codes.ts` that can be said. */
  load(view: FunctionView, classes: RowClasses, mostCode: number): string | undefined {
    const { rowCount } = view;
    if (rowCount >= this.start.length) {
      this.start = new Int32Array(2 * rowCount);
      this.cfa = new Int32Array(2 * rowCount);
      this.saved = new Int32Array(2 * rowCount);
    }
    let count = 0;
    for (let i = 0; i < rowCount; i++) {
      const start = view.rowStart(i);
      if (start >= view.rowStart(i + 1)) continue;
      const set = view.rowSet(i);
      if (set === noRow) return classes.reason(set);
      const cfa = classes.cfa[set]!;
      if (cfa === unspeakable || cfa > mostCode) return classes.reason(set);
      const saved = classes.saved[set]!;
      if (count > 0 && this.cfa[count - 1] === cfa && this.saved[count - 1] === saved) continue;
      this.start[count] = start;
      this.cfa[count] = cfa;
      this.saved[count++] = saved;
    }
    this.count = count;
    this.size = view.size;
    this.start[count] = view.size;
    return count > 0 && this.start[0] === 0 ? undefined : 'no row';
  }
}
