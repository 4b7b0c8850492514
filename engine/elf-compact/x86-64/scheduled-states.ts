import { x86_64 } from '../../architecture/index.ts';
import type { Row } from '../../row/row.ts';
import { epilogueGapOf, epiloguePositionOf, gapAfterPush, scheduledOrder as order } from './extended-fields.ts';
import { fillFrame, fillNull } from './frame-row.ts';
import { columnInSlot } from './register-order.ts';
import { allocationSize, pushSize } from './stack-instructions.ts';

/** As GCC does, 8 bytes are allocated with `sub`. */
export function scheduledAllocation(locals: number): number {
  return allocationSize(locals === 8 ? 16 : locals);
}

/** Writes what holds at an offset into the range of a frame in the forms with gaps: a mask of `scheduledOrder`. */
export function fillScheduledFrame(
  lo: number,
  hi: number,
  mask: number,
  units: number,
  offset: number,
  length: number,
  row: Row,
): void {
  const prologue = hi & 0xff;
  const epilogueStart = length - ((hi >>> 8) & 0xff);
  const count = order.count[mask]!;
  const allocation = scheduledAllocation(8 * (units - 1 - count));
  if (offset >= epilogueStart) {
    let start = epilogueStart;
    for (let saved = allocation > 0 ? count : count - 1; saved > 0; saved--) {
      const gap = saved === count - epiloguePositionOf(hi) ? epilogueGapOf(hi) : 0;
      const end = Math.min(start + gap + pushSize(columnInSlot(order, mask, saved - 1)), length);
      if (offset < end) {
        fillSaved(row, start, end, saved + 1, mask, saved);
        return;
      }
      start = end;
    }
    fillNull(row, start, length, order);
    return;
  }
  if (offset >= prologue) {
    fillSaved(row, prologue, epilogueStart, units, mask, count);
    return;
  }
  let end = prologue;
  for (let saved = count; saved > 0; saved--) {
    const next = saved === count ? allocation : pushSize(columnInSlot(order, mask, saved));
    const start = end - next - (next > 0 ? gapAfterPush(lo, hi, saved) : 0);
    if (offset >= start && offset < end) {
      fillSaved(row, Math.max(start, 0), end, saved + 1, mask, saved);
      return;
    }
    end = start;
  }
  fillNull(row, 0, end, order);
}

function fillSaved(row: Row, start: number, end: number, units: number, mask: number, saved: number): void {
  fillFrame(row, start, end, x86_64.sp, 8 * units, order, mask, saved);
}
