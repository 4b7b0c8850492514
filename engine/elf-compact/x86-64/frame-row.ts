import { x86_64 } from '../../architecture/index.ts';
import { CfaKind, type Row, RuleKind } from '../../row/row.ts';
import type { RegisterOrder } from './register-order.ts';

const noBytes = new Uint8Array(0);

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
  row.startLo = start;
  row.startHi = 0;
  row.endLo = end;
  row.endHi = 0;
  row.functionLo = 0;
  row.functionHi = 0;
  row.cfaKind = CfaKind.registerOffset;
  row.cfaColumn = cfaColumn;
  row.cfaLo = cfaOffset;
  row.cfaHi = 0;
  row.bytes = noBytes;
  row.returnColumn = x86_64.pc;
  row.signalFrame = false;
  row.signState = 0;
  row.bKey = false;
  row.argsSize = 0;
  row.ruleCount = 0;
  if (saved > 0) addSaved(row, order, mask, saved);
  addSlot(row, x86_64.pc, 0);
}

/** Writes that the return address is on top of the stack and nothing is saved. */
export function fillNull(row: Row, start: number, end: number, order: RegisterOrder): void {
  fillFrame(row, start, end, x86_64.sp, 8, order, 0, 0);
}

function addSaved(row: Row, order: RegisterOrder, mask: number, saved: number): void {
  for (const bit of order.ascending) {
    if (((mask >> bit) & 1) === 0) continue;
    const slot = 1 + order.count[mask & ((1 << bit) - 1)]!;
    if (slot <= saved) addSlot(row, order.columns[bit]!, slot);
  }
}

/** Slots go down from the return address's, which is 0. */
function addSlot(row: Row, column: number, slot: number): void {
  const rule = row.ruleCount++;
  row.ruleColumn[rule] = column;
  row.ruleKind[rule] = RuleKind.offset;
  row.ruleLo[rule] = -8 * (slot + 1);
  row.ruleHi[rule] = 0xffffffff;
}
