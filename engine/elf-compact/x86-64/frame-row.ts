import { x86_64 } from '../../architecture/index.ts';
import type { Row } from '../../row/row.ts';
import { addSaved, startRow } from '../row-writer.ts';
import type { RegisterOrder } from './register-order.ts';

/**
 * Writes what holds in a part of a range: CFA = a register + `cfaOffset`, the return address at CFA-8, and below it the
 * first `saved` registers of a mask. `start` and `end` are counted from the range's start. Leaves `row.section` alone.
 */
export function fillFrame(
  row: Row,
  start: number,
  end: number,
  cfaColumn: number,
  cfaOffset: number,
  order: RegisterOrder,
  mask: number,
  saved: number,
): void {
  startRow(row, x86_64, start, end, cfaColumn, cfaOffset);
  if (saved > 0) addSavedRegisters(row, order, mask, saved);
  addSlot(row, x86_64.pc, 0);
}

/** Writes that the return address is on top of the stack and nothing is saved. */
export function fillNull(row: Row, start: number, end: number, order: RegisterOrder): void {
  fillFrame(row, start, end, x86_64.sp, 8, order, 0, 0);
}

function addSavedRegisters(row: Row, order: RegisterOrder, mask: number, saved: number): void {
  for (const bit of order.ascending) {
    if (((mask >> bit) & 1) === 0) continue;
    const slot = 1 + order.count[mask & ((1 << bit) - 1)]!;
    if (slot <= saved) addSlot(row, order.columns[bit]!, slot);
  }
}

/** Slots go down from the return address's, which is 0. */
function addSlot(row: Row, column: number, slot: number): void {
  addSaved(row, column, -8 * (slot + 1));
}
