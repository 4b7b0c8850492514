import { x86_64 } from '../../architecture/index.ts';
import type { Row } from '../../row/row.ts';
import { fillFrame, fillNull } from './frame-row.ts';
import { columnInSlot, type RegisterOrder } from './register-order.ts';
import { allocationSize, moveSize, pushSize } from './stack-instructions.ts';

/** Bytes below the saved registers of a frame of so many units of 8 bytes, the return address's among them. */
function localBytes(order: RegisterOrder, mask: number, frameUnits: number): number {
  return 8 * (frameUnits - 1 - order.count[mask]!);
}

/**
 * Bytes of a prologue of pushes in slot order and one allocation, from behind the first push (from behind the allocation
 * where nothing is pushed) to its end.
 */
function naturalPrologueSize(order: RegisterOrder, mask: number, frameUnits: number): number {
  if (mask === 0) return 0;
  const pushes = order.pushSizes[mask]! - pushSize(columnInSlot(order, mask, 0));
  return pushes + allocationSize(localBytes(order, mask, frameUnits));
}

/**
 * Writes what holds at an offset into the range of an RBP frame: `push rbp`, `mov rbp, rsp`, `inner` bytes in which the
 * other registers are stored, and no change until RBP is restored `epilogue` bytes before the end.
 */
export function fillRbpFrame(
  order: RegisterOrder,
  mask: number,
  prologue: number,
  inner: number,
  epilogue: number,
  offset: number,
  length: number,
  row: Row,
): void {
  const moved = prologue - inner;
  const pushed = moved - moveSize;
  const body = Math.max(prologue, 0);
  if (offset >= length - epilogue) fillNull(row, length - epilogue, length, order);
  else if (offset >= prologue) fillFrame(row, body, length - epilogue, x86_64.fp, 16, order, mask, order.count[mask]!);
  else if (offset >= moved) fillFrame(row, Math.max(moved, 0), prologue, x86_64.fp, 16, order, mask, 1);
  else if (offset >= pushed) fillFrame(row, Math.max(pushed, 0), moved, x86_64.sp, 16, order, mask, 1);
  else fillNull(row, 0, pushed, order);
}

/**
 * Writes what holds at an offset into the range of an RSP frame: pushes in slot order and one allocation that end at
 * `prologue`, and from `epilogue` bytes before the end the same backwards.
 */
export function fillRspFrame(
  order: RegisterOrder,
  mask: number,
  prologue: number,
  epilogue: number,
  frameUnits: number,
  offset: number,
  length: number,
  row: Row,
): void {
  const count = order.count[mask]!;
  if (offset >= length - epilogue) {
    const allocated = frameUnits > count + 1;
    fillEpilogue(order, mask, allocated ? count : count - 1, length - epilogue, offset, length, row);
  } else if (offset >= prologue) {
    fillFrame(row, prologue, length - epilogue, x86_64.sp, 8 * frameUnits, order, mask, count);
  } else fillPrologue(order, mask, prologue, frameUnits, offset, row);
}

function fillPrologue(
  order: RegisterOrder,
  mask: number,
  prologue: number,
  frameUnits: number,
  offset: number,
  row: Row,
): void {
  let end = prologue - naturalPrologueSize(order, mask, frameUnits);
  if (offset < end) {
    fillNull(row, 0, end, order);
    return;
  }
  const count = order.count[mask]!;
  // The first push ends where this begins; the last state lasts while room is made.
  for (let saved = 1; ; saved++) {
    const start = end;
    end = saved < count ? start + pushSize(columnInSlot(order, mask, saved)) : prologue;
    if (offset < end) {
      fillFrame(row, Math.max(start, 0), end, x86_64.sp, 8 * (saved + 1), order, mask, saved);
      return;
    }
  }
}

/** `pushed` registers are left at `from`; each pop ends the state that still has its register. */
function fillEpilogue(
  order: RegisterOrder,
  mask: number,
  pushed: number,
  from: number,
  offset: number,
  length: number,
  row: Row,
): void {
  let start = from;
  for (let saved = pushed; saved > 0; saved--) {
    const end = Math.min(start + pushSize(columnInSlot(order, mask, saved - 1)), length);
    if (offset < end) {
      fillFrame(row, start, end, x86_64.sp, 8 * (saved + 1), order, mask, saved);
      return;
    }
    start = end;
  }
  fillNull(row, start, length, order);
}
