import {
  type ExtendedFields,
  growsBit,
  growthBits,
  MODE_FP,
  MODE_SP,
  mayGrow,
  RECORD_LINK_LAST,
  shrinkTimeShift,
} from '../extended-fields.ts';
import { isSigned, recordIsFirst, registersAfterRecord } from '../prologue.ts';
import { ScheduleWriter } from '../save-schedule.ts';
import { bitCount } from '../saved-registers.ts';
import type { PrologueRows } from './prologue-rows.ts';
import type { RowShape } from './row-shape.ts';

const writer = new ScheduleWriter();

/**
 * Writes the schedule of the first `count` rows to `fields.payload`; false where it cannot be written. A frame that grows
 * shrinks `shrinkTime` instructions before it is released.
 */
export function planSchedule(fields: ExtendedFields, rows: PrologueRows, count: number, shrinkTime: number): boolean {
  const { shapes, times } = rows;
  const first = recordIsFirst(fields.record);
  const total = registersAfterRecord(fields);
  const start = shapes[0]!;
  const inFrame = rows.lead + rows.signedLead === 0;
  const grows = start.frame !== shapes[count - 1]!.frame && fields.mode === MODE_SP;
  writer.start();
  if (mayGrow(fields)) {
    if (grows) writer.put(growsBit | (shrinkTime << shrinkTimeShift), growthBits);
    else writer.put(0, 1);
  } else if (grows) return false;
  writer.lead(rows.lead);
  if (isSigned(fields)) writer.lead(rows.signedLead);
  let record = recordSaved(fields, start);
  let saved = savedInOrder(fields, start);
  let fp = start.fromFp;
  if (saved < 0) return false;
  if (first) writer.put(record ? 0 : 1, 1);
  if (inFrame) {
    if (fields.mode === MODE_FP) writer.put(fp ? 1 : 0, 1);
    writer.already(saved);
  } else if (fp) return false;
  else if (!first) writer.first(saved);
  else if (saved > 0) return false;
  for (let i = 1; i < count; i++) {
    const shape = shapes[i]!;
    const next = savedInOrder(fields, shape);
    const newRecord = recordSaved(fields, shape) && !record;
    const newFp = shape.fromFp && !fp;
    const more = next - saved;
    const isWhole = shape.frame !== start.frame && fields.mode === MODE_SP;
    // The frame grows with the last event, or after it.
    if (isWhole !== (grows && i === count - 1)) return false;
    if (isWhole && more === 0 && !newRecord) {
      writer.put(1, 1);
      writer.delta(times[i]! - times[i - 1]!);
      continue;
    }
    // One thing at a time, and in order: the record, the CFA, the other registers.
    if (next < 0 || (newRecord ? 1 : 0) + (newFp ? 1 : 0) + (more > 0 ? 1 : 0) !== 1) return false;
    if (first && !record && !newRecord) return false;
    if (fields.mode === MODE_FP && more > 0 && !fp) return false;
    writer.delta(times[i]! - times[i - 1]!);
    if (more > 0) writer.count(more, total - saved);
    record ||= newRecord;
    fp ||= newFp;
    saved = next;
    if (isWhole) writer.put(0, 1);
  }
  fields.payload = writer.bits;
  return writer.fits && saved === total && record === first && fp === (fields.mode === MODE_FP);
}

function recordSaved(fields: ExtendedFields, shape: RowShape): boolean {
  return recordIsFirst(fields.record) && shape.saved.link;
}

/** How many registers after the record are saved, or -1 where it is not the first ones. */
function savedInOrder(fields: ExtendedFields, shape: RowShape): number {
  const { general, vector, record } = fields;
  const { saved } = shape;
  let count = bitCount(saved.general);
  let complete = count === general;
  if (saved.general !== (1 << count) - 1) return -1;
  if (record === RECORD_LINK_LAST) {
    if (saved.link && !complete) return -1;
    if (saved.link) count++;
    complete &&= saved.link;
  }
  const vectors = bitCount(saved.vector);
  if (saved.vector !== (1 << vectors) - 1 || vectors > vector || (vectors > 0 && !complete)) return -1;
  return count + vectors;
}
