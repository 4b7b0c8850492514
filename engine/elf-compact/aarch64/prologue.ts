import {
  type ExtendedFields,
  growsBit,
  growthBits,
  MODE_FP,
  mayGrow,
  RECORD_FULL,
  RECORD_LINK_FIRST,
  RECORD_LINK_LAST,
  SIGNING_A,
  SIGNING_B,
} from './extended-fields.ts';
import { ScheduleReader } from './save-schedule.ts';

/** A schedule has fewer events: each takes a bit. */
const mostEvents = 24;

export function isSigned(fields: ExtendedFields): boolean {
  return fields.signing === SIGNING_A || fields.signing === SIGNING_B;
}

/** Whether the record, or the x30 that stands for it, is the first to be saved. */
export function recordIsFirst(record: number): boolean {
  return record === RECORD_FULL || record === RECORD_LINK_FIRST;
}

/** Registers that are saved after the record: x19–x28, x30 if it is behind them, d8–d15. */
export function registersAfterRecord(fields: ExtendedFields): number {
  return fields.general + (fields.record === RECORD_LINK_LAST ? 1 : 0) + fields.vector;
}

/** What `FORM_SCHEDULE` says, in instructions from the start of the range. */
export class Prologue {
  /** From here on the return address is signed, if it is at all. */
  signed = 0;
  /** Here is the frame made; then there are events. */
  frame = 0;
  /** Number of events, the making of the frame the first. */
  count = 0;
  readonly time = new Uint16Array(mostEvents);
  /** After each event: whether the record is saved, whether the CFA counts from x29, and how many other registers are saved. */
  readonly record = new Uint8Array(mostEvents);
  readonly fp = new Uint8Array(mostEvents);
  readonly saved = new Uint8Array(mostEvents);
  /** From this event on the frame is whole; before it ends with the save area. */
  whole = 0;
  readonly #reader = new ScheduleReader();

  get end(): number {
    return this.time[this.count - 1]!;
  }

  /** Returns what is wrong with the schedule, or undefined. */
  read(fields: ExtendedFields): string | undefined {
    const reader = this.#reader;
    const total = registersAfterRecord(fields);
    const first = recordIsFirst(fields.record);
    const grows = mayGrow(fields) && (fields.payload & growsBit) !== 0;
    reader.start(fields.payload);
    if (mayGrow(fields)) reader.skip(grows ? growthBits : 1);
    this.count = 0;
    this.whole = 0;
    this.signed = reader.lead();
    this.frame = this.signed + (isSigned(fields) ? reader.lead() : 0);
    let time = this.frame;
    let record = first && reader.bit() === 0 ? 1 : 0;
    let saved = 0;
    let fp = 0;
    if (time === 0) {
      // The range starts in the prologue: some of it has happened.
      if (fields.mode === MODE_FP) fp = reader.bit();
      saved = reader.already();
    } else if (!first) saved = reader.first();
    if (saved > total) return 'that saves as many registers as have slots';
    this.#add(time, record, fp, saved);
    if (first && record === 0) {
      time += reader.delta();
      record = 1;
      this.#add(time, record, fp, saved);
    }
    if (fields.mode === MODE_FP && fp === 0) {
      time += reader.delta();
      fp = 1;
      this.#add(time, record, fp, saved);
    }
    while (saved < total) {
      time += reader.delta();
      saved += reader.count(total - saved);
      if (saved > total) return 'that saves as many registers as have slots';
      this.#add(time, record, fp, saved);
    }
    if (grows) {
      if (reader.bit() === 1) {
        time += reader.delta();
        this.#add(time, record, fp, saved);
      }
      this.whole = this.count - 1;
    }
    if (reader.overrun || reader.rest !== 0) return 'whose schedule ends in its field';
    return undefined;
  }

  #add(time: number, record: number, fp: number, saved: number): void {
    const event = this.count++;
    this.time[event] = time;
    this.record[event] = record;
    this.fp[event] = fp;
    this.saved[event] = saved;
  }
}
