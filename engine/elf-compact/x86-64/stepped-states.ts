import { x86_64 } from '../../architecture/index.ts';
import type { Row } from '../../row/row.ts';
import { fillFrame } from './frame-row.ts';
import { fillRbpFrame } from './frame-states.ts';
import type { RegisterOrder } from './register-order.ts';

/**
 * Writes what holds at an offset into the range of an RBP frame in whose last `step` bytes of the prologue `stepCount`
 * registers besides RBP are saved already.
 */
export function fillSteppedFrame(
  order: RegisterOrder,
  mask: number,
  prologue: number,
  inner: number,
  step: number,
  stepCount: number,
  epilogue: number,
  offset: number,
  length: number,
  row: Row,
): void {
  const stepStart = prologue - step;
  if (offset >= stepStart && offset < prologue) {
    fillFrame(row, Math.max(stepStart, 0), prologue, x86_64.fp, 16, order, mask, stepCount + 1);
    return;
  }
  fillRbpFrame(order, mask, prologue, inner, epilogue, offset, length, row);
  if (offset < stepStart && row.endLo === prologue) row.endLo = stepStart;
}
