import { aarch64 } from '../../../architecture/index.ts';
import type { FunctionView } from '../../../encoding/function-view.ts';
import { Row } from '../../../row/row.ts';
import type { DescriptorEncoder } from '../../descriptor-layout.ts';
import type { DescriptorList } from '../../descriptor-list.ts';
import { extended } from '../extended.ts';
import {
  buildShift,
  clearFields,
  emptyFields,
  FORM_LLVM,
  FORM_MASKS,
  FORM_PACKED,
  FORM_SCHEDULE,
  leadShift,
  MODE_END,
  MODE_FP,
  MODE_SP,
  mostBase,
  mostBuild,
  mostDepth,
  mostEpilogue,
  mostFrame,
  mostLead,
  mostRestoreTime,
  mostShrinkTime,
  mostTearDown,
  packedSavedShift,
  packHigh,
  packLow,
  recordUnsavedBit,
  restoredShift,
  restoresStack,
  restoreTimeShift,
  SIGNING_A,
  SIGNING_B,
  SIGNING_B_UNSIGNED,
  SIGNING_NONE,
  vectorMaskShift,
} from '../extended-fields.ts';
import { bitCount } from '../saved-registers.ts';
import { FunctionShapes } from './function-shapes.ts';
import { planSchedule } from './plan-schedule.ts';
import { emptyPrologueRows, readPrologueRows } from './prologue-rows.ts';
import { type RowShape, SHAPE_END, SHAPE_FRAME, SHAPE_NULL, sameRow } from './row-shape.ts';
import type { SaveArea } from './save-area.ts';

/** Splits functions into descriptors of the extended layout. Each is decoded again and compared with the rows. */
class ExtendedEncoder implements DescriptorEncoder {
  readonly layout = extended;
  readonly #decoded = new Row(aarch64.columnCount);
  readonly #fields = emptyFields();
  readonly #prologue = emptyPrologueRows();
  readonly #rows = new FunctionShapes();
  /** The best descriptor found for the rows from one on: its halves, and the first row that it does not say. */
  #lo = 0;
  #hi = 0;
  #end = 0;

  encode(view: FunctionView, out: DescriptorList): string | undefined {
    const reason = this.#rows.read(view);
    if (reason !== undefined) return reason;
    const before = out.count;
    for (let row = 0; row < view.rowCount; row = this.#end) {
      this.#end = row;
      this.#encodeFrom(row);
      if (this.#end === row) {
        out.count = before;
        return 'order of saved registers';
      }
      out.add(this.#rows.starts[row]!, this.#lo, this.#hi);
    }
    return undefined;
  }

  #encodeFrom(row: number): void {
    const shape = this.#rows.shape(row)!;
    if (shape.kind === SHAPE_END) {
      const x29 = shape.row.ruleCount === 2 ? 1 : 0;
      this.#offer(row, row + 1, ((MODE_END << 29) | (shape.frame << 6) | x29) >>> 0, 0);
      return;
    }
    const frame = readPrologueRows(this.#rows, row, this.#prologue);
    if (frame >= 0) this.#encodeFrame(row, frame);
    if (shape.kind === SHAPE_FRAME) return;
    // What a frame can begin with, but better alone.
    if (this.#end <= row + 1) this.#encodeNull(row, shape);
  }

  #encodeNull(row: number, shape: RowShape): void {
    if (shape.kind === SHAPE_NULL && !shape.bKey) {
      this.#offer(row, row + 1, 0, 0);
      return;
    }
    clearFields(this.#fields);
    this.#fields.signing = signingOf(shape);
    this.#fields.mode = MODE_SP;
    this.#offer(row, row + 1, packLow(this.#fields), 0);
  }

  /** Finds the descriptor that says most rows from `row` on; those from `frame` on have a frame. */
  #encodeFrame(row: number, frame: number): void {
    const { shapes } = this.#prologue;
    for (let count = shapes.length; count > 0; count--) {
      const body = frame + count - 1;
      // No shorter prologue leads to more.
      if (this.#end > body) return;
      for (const area of this.#rows.areas(body)) this.#tryArea(row, frame, count, area);
    }
  }

  #tryArea(row: number, frame: number, count: number, area: SaveArea): void {
    const fields = this.#fields;
    const { shapes } = this.#prologue;
    const start = shapes[0]!;
    const body = shapes[count - 1]!;
    clearFields(fields);
    fields.mode = body.fromFp ? MODE_FP : MODE_SP;
    fields.signing = signingOf(body);
    fields.record = area.record;
    fields.form = area.form;
    fields.vector = area.vector;
    const behind = frame + count;
    if (area.form === FORM_LLVM) {
      fields.base = area.depth;
      this.#tryDescending(row, frame, count, behind);
      return;
    }
    fields.general = area.general;
    // With a frame pointer, the rows before it tell the size of the frame.
    fields.frame = body.fromFp ? (start.fromFp ? area.depth : start.frame) : body.frame;
    const { general, vector, fp, link } = body.saved;
    const nothing = general + vector === 0 && !fp && !link;
    const shrinkTime = nothing ? 0 : this.#shrinkTime(behind, body, area);
    const fromTop = shrinkTime > 0 || (!body.fromFp && start.frame !== body.frame);
    const base = nothing ? 0 : fields.frame - area.depth;
    if (!fromTop && base >= 0 && base <= mostBase) fields.base = base;
    else if (area.depth > 0 && area.depth <= mostDepth) fields.base = mostBase + area.depth;
    else return;
    if (fields.frame > mostFrame) return;
    if (area.form === FORM_MASKS && (count > 1 || frame > row)) {
      fields.form = FORM_SCHEDULE;
      if (!planSchedule(fields, this.#prologue, count, shrinkTime)) return;
      if (shrinkTime > 0 && start.frame !== body.frame) this.#tryEpilogue(row, behind + 1, body);
      fields.epilogue = 0;
      if (!planSchedule(fields, this.#prologue, count, 0)) return;
    } else {
      if (count > 1 || frame > row) return;
      if (area.form === FORM_PACKED) fields.payload = area.mask | (general << packedSavedShift);
      else {
        fields.payload = general | (vector << vectorMaskShift) | (area.recordSaved ? 0 : recordUnsavedBit);
        if (area.vector === 0) this.#tryRestore(row, behind, body, shrinkTime);
      }
    }
    this.#tryEpilogue(row, behind, body);
  }

  /** How long the frame is cut down to its save area before it is released; 0 where it is not. */
  #shrinkTime(behind: number, body: RowShape, area: SaveArea): number {
    const next = this.#rows.shape(behind);
    if (body.fromFp || next?.kind !== SHAPE_FRAME || next.fromFp) return 0;
    if (next.frame !== area.depth || next.frame >= body.frame) return 0;
    const time = this.#rows.instructions(behind);
    return time <= mostShrinkTime && Number.isInteger(time) ? time : 0;
  }

  /** Tries whether some registers are restored before the end. */
  #tryRestore(row: number, behind: number, body: RowShape, shrinkTime: number): void {
    const fields = this.#fields;
    const next = this.#rows.shape(behind);
    if (next?.kind !== SHAPE_FRAME) return;
    const fewer = bitCount(body.saved.general) - bitCount(next.saved.general);
    const restored = shrinkTime > 0 ? restoresStack : fewer;
    const length = this.#rows.instructions(behind);
    if (restored < 1 || (shrinkTime === 0 && fewer >= restoresStack)) return;
    if (length > mostRestoreTime || !Number.isInteger(length)) return;
    const { payload } = fields;
    fields.payload |= (restored << restoredShift) | (length << restoreTimeShift);
    this.#tryEpilogue(row, behind + 1, body);
    fields.payload = payload;
    fields.epilogue = 0;
  }

  #tryDescending(row: number, frame: number, count: number, behind: number): void {
    const fields = this.#fields;
    const { shapes, times, lead, signedLead } = this.#prologue;
    const start = shapes[0]!;
    const body = shapes[count - 1]!;
    if (count > 2 || lead > mostLead) return;
    if (frame > row && (lead === 0 || signedLead !== (body.signed ? 1 : 0))) return;
    const build = count === 2 ? times[1]! : 0;
    if (build > mostBuild || !Number.isInteger(build) || !Number.isInteger(lead)) return;
    if (!start.fromFp) fields.frame = start.frame;
    fields.payload = body.saved.general | (lead << leadShift) | (build << buildShift);
    const next = this.#rows.shape(behind);
    if (body.fromFp && next?.kind === SHAPE_FRAME && !next.fromFp) {
      const length = this.#rows.instructions(behind);
      const fits = start.fromFp || next.frame === start.frame;
      if (fits && length <= mostTearDown && Number.isInteger(length)) {
        const { frame: before } = fields;
        fields.frame = next.frame;
        fields.general = length;
        this.#tryEpilogue(row, behind + 1, body);
        fields.frame = before;
        fields.general = 0;
        fields.epilogue = 0;
      }
    }
    this.#tryEpilogue(row, behind, body);
  }

  /** Adds what follows a body to the descriptor, as far as it belongs to it, and offers it. */
  #tryEpilogue(row: number, behind: number, body: RowShape): void {
    const fields = this.#fields;
    let next = behind;
    let length = 0;
    const checked = this.#rows.shape(next);
    if (
      body.signed &&
      checked?.signed &&
      !checked.fromFp &&
      checked.frame === 0 &&
      this.#rows.instructions(next) === 1
    ) {
      next++;
      length = 1;
    }
    if (body.signed === length > 0 && this.#rows.kind(next) === SHAPE_NULL) {
      const rest = this.#rows.instructions(next);
      if (length + rest <= mostEpilogue && Number.isInteger(rest)) {
        length += rest;
        next++;
      }
    }
    if (length > 0) {
      fields.epilogue = length;
      if (this.#offer(row, next, packLow(fields), packHigh(fields))) return;
      fields.epilogue = 0;
    }
    this.#offer(row, behind, packLow(fields), packHigh(fields));
  }

  /** Takes a descriptor if it says more rows than the one at hand, and says them exactly. */
  #offer(row: number, end: number, lo: number, hi: number): boolean {
    if (end <= this.#end || !this.#isExact(row, end, lo, hi)) return false;
    this.#end = end;
    this.#lo = lo;
    this.#hi = hi;
    return true;
  }

  #isExact(row: number, end: number, lo: number, hi: number): boolean {
    const { starts } = this.#rows;
    const decoded = this.#decoded;
    const start = starts[row]!;
    const length = starts[end]! - start;
    let at = row;
    for (let offset = 0; offset < length; ) {
      extended.fill(lo, hi, offset, length, decoded);
      if (!sameRow(decoded, this.#rows.shape(at)!.row)) return false;
      const rowEnd = starts[at + 1]! - start;
      offset = Math.min(decoded.endLo, rowEnd);
      if (offset === rowEnd) at++;
    }
    return true;
  }
}

function signingOf(shape: RowShape): number {
  if (shape.bKey) return shape.signed ? SIGNING_B : SIGNING_B_UNSIGNED;
  return shape.signed ? SIGNING_A : SIGNING_NONE;
}

export const extendedEncoder: DescriptorEncoder = new ExtendedEncoder();
