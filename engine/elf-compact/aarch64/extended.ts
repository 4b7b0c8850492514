import { aarch64 } from '../../architecture/index.ts';
import { UnwindError } from '../../errors.ts';
import type { Row } from '../../row/row.ts';
import type { DescriptorLayout } from '../descriptor-layout.ts';
import { MODE_NULL, modeOf } from '../modes.ts';
import { addUndefined, startRow } from '../row-writer.ts';
import {
  buildShift,
  depthOf,
  emptyFields,
  epilogueOf,
  FORM_LLVM,
  FORM_MASKS,
  FORM_SCHEDULE,
  frameOf,
  leadShift,
  MODE_END,
  MODE_FP,
  MODE_SP,
  mostBuild,
  mostEpilogue,
  mostLead,
  mostRestored,
  RECORD_FULL,
  RECORD_LINK_LAST,
  restoredShift,
  restoresStack,
  unpackFields,
  withEpilogue,
} from './extended-fields.ts';
import { addSavedRegisters, setSigning } from './frame-row.ts';
import { isSigned, Prologue } from './prologue.ts';
import { readSaved, tearDownLength } from './read-saved.ts';
import { emptySlots } from './save-slots.ts';
import { type SavedRegisters, withoutHighest } from './saved-registers.ts';

const instruction = 4;
/** Bits 19–6 are the frame size, bit 0 says that x29 is undefined, too. */
const endFields = 0xe00f_ffc1;

/** Where a part of a range begins and ends, in bytes. */
interface Part {
  start: number;
  end: number;
}

/** Our descriptors for AArch64; EXTENDED.md says what each bit means. */
class ExtendedLayout implements DescriptorLayout {
  readonly name = 'extended';
  readonly architecture = aarch64;
  readonly #fields = emptyFields();
  readonly #slots = emptySlots();
  readonly #saved: SavedRegisters = { general: 0, vector: 0, fp: false, link: false };
  readonly #prologue = new Prologue();
  readonly #part: Part = { start: 0, end: 0 };

  fill(lo: number, hi: number, offset: number, length: number, row: Row): void {
    const mode = modeOf(lo);
    if (mode === MODE_NULL) {
      if (lo > 1 || hi !== 0) throw broken('unsupported', lo, hi, 'without fields in mode 0');
      startRow(row, aarch64, 0, length, aarch64.sp, 0);
    } else if (mode === MODE_END) this.#fillEnd(lo, hi, length, row);
    else if (mode === MODE_SP || mode === MODE_FP) this.#fillFrame(lo, hi, offset, length, row);
    else throw broken('unsupported', lo, hi, 'of mode 0, 1, 2, 3 or 7');
  }

  /** All behind the body, not only what follows the release of the frame. */
  epilogueSize(lo: number, hi: number): number {
    const mode = modeOf(lo);
    if (mode !== MODE_SP && mode !== MODE_FP) return -1;
    unpackFields(lo, hi, this.#fields);
    return instruction * (tearDownLength(this.#fields) + epilogueOf(lo));
  }

  withEpilogueSize(lo: number, hi: number, size: number, out: Uint32Array): boolean {
    const present = this.epilogueSize(lo, hi);
    if (present < 0) return false;
    const epilogue = (size - present) / instruction + epilogueOf(lo);
    if (!Number.isInteger(epilogue) || epilogue < 0 || epilogue > mostEpilogue) return false;
    out[0] = withEpilogue(lo, epilogue);
    out[1] = hi;
    return true;
  }

  /** The outermost frame: nobody called it. */
  #fillEnd(lo: number, hi: number, length: number, row: Row): void {
    if (hi !== 0 || (lo & ~endFields) !== 0) throw broken('unsupported', lo, hi, 'with its reserved bits clear');
    startRow(row, aarch64, 0, length, aarch64.sp, 16 * frameOf(lo));
    if ((lo & 1) !== 0) addUndefined(row, aarch64.fp);
    addUndefined(row, aarch64.link);
  }

  #fillFrame(lo: number, hi: number, offset: number, length: number, row: Row): void {
    const fields = this.#fields;
    unpackFields(lo, hi, fields);
    const problem = readSaved(fields, this.#slots, this.#saved);
    if (problem !== undefined) throw broken('unsupported', lo, hi, problem);
    if (fields.form === FORM_SCHEDULE) {
      const wrong = this.#prologue.read(fields);
      if (wrong !== undefined) throw broken('invalid', lo, hi, wrong);
    }
    if (fields.mode === MODE_FP && (!this.#saved.fp || this.#slots.fp >= 0)) {
      throw broken('invalid', lo, hi, 'that saves x29 below the CFA where that counts from x29');
    }
    const end = length - instruction * fields.epilogue;
    const bodyEnd = end - instruction * tearDownLength(fields);
    const body = instruction * this.#prologueLength();
    if (body > bodyEnd) {
      throw broken('invalid', lo, hi, `whose prologue and epilogue fit into its ${length} bytes`);
    }
    const part = this.#part;
    if (offset >= end) this.#fillReleased(offset, end, length, row);
    else if (offset >= bodyEnd) this.#fillTearDown(bodyEnd, end, row);
    else if (offset < body) {
      if (fields.form === FORM_SCHEDULE) this.#fillScheduled(offset, row);
      else this.#fillBuild(offset, row);
    } else {
      part.start = body;
      part.end = bodyEnd;
      this.#startFrame(part, fields.mode === MODE_FP, row);
      addSavedRegisters(row, this.#slots, this.#saved);
    }
  }

  /** Instructions before the body. */
  #prologueLength(): number {
    const fields = this.#fields;
    if (fields.form === FORM_SCHEDULE) return this.#prologue.end;
    if (fields.form !== FORM_LLVM) return 0;
    return this.#leadLength() + ((fields.payload >>> buildShift) & mostBuild);
  }

  /** Of `FORM_LLVM`: instructions before there is a frame. The last one follows the signing. */
  #leadLength(): number {
    const lead = (this.#fields.payload >>> leadShift) & mostLead;
    return lead > 0 && isSigned(this.#fields) ? lead + 1 : lead;
  }

  /** Of `FORM_LLVM`: all is said to be saved when all is saved. */
  #fillBuild(offset: number, row: Row): void {
    const fields = this.#fields;
    const lead = instruction * this.#leadLength();
    if (offset < lead) this.#fillLead(offset, lead - (isSigned(fields) ? instruction : 0), lead, row);
    else {
      this.#part.start = lead;
      this.#part.end = instruction * this.#prologueLength();
      this.#startFrame(this.#part, false, row);
    }
  }

  #fillScheduled(offset: number, row: Row): void {
    const prologue = this.#prologue;
    const { general, record } = this.#fields;
    const saved = this.#saved;
    if (offset < instruction * prologue.frame) {
      this.#fillLead(offset, instruction * prologue.signed, instruction * prologue.frame, row);
      return;
    }
    let event = 0;
    while (offset >= instruction * prologue.time[event + 1]!) event++;
    this.#part.start = instruction * prologue.time[event]!;
    this.#part.end = instruction * prologue.time[event + 1]!;
    this.#startFrame(this.#part, prologue.fp[event] === 1, row);
    if (event < prologue.whole) row.cfaLo = 16 * depthOf(this.#fields.base);
    const first = prologue.record[event] === 1;
    const count = prologue.saved[event]!;
    const last = record === RECORD_LINK_LAST;
    saved.fp = first && record === RECORD_FULL;
    saved.link = first || (last && count > general);
    saved.general = (1 << Math.min(count, general)) - 1;
    saved.vector = (1 << Math.max(0, count - general - (last ? 1 : 0))) - 1;
    addSavedRegisters(row, this.#slots, saved);
  }

  /** The frame is still there, but not all of it is in use. */
  #fillTearDown(start: number, end: number, row: Row): void {
    const fields = this.#fields;
    const saved = this.#saved;
    this.#part.start = start;
    this.#part.end = end;
    const { form, payload } = fields;
    this.#startFrame(this.#part, fields.mode === MODE_FP && form === FORM_MASKS, row);
    const restored = form === FORM_MASKS ? (payload >>> restoredShift) & mostRestored : 0;
    if (form === FORM_SCHEDULE || restored === restoresStack) row.cfaLo = 16 * depthOf(fields.base);
    else saved.general = withoutHighest(saved.general, restored);
    addSavedRegisters(row, this.#slots, saved);
  }

  /** Before there is a frame: from `signed` on, up to `end`, the return address is signed, if it is at all. */
  #fillLead(offset: number, signed: number, end: number, row: Row): void {
    const isSignedHere = isSigned(this.#fields) && offset >= signed;
    startRow(row, aarch64, isSignedHere ? signed : 0, isSignedHere ? end : signed, aarch64.sp, 0);
    setSigning(row, this.#fields, isSignedHere);
  }

  /** After the frame's release: a signed return address is checked by the first instruction. */
  #fillReleased(offset: number, start: number, end: number, row: Row): void {
    const fields = this.#fields;
    const checked = isSigned(fields) ? start + instruction : start;
    const isChecked = offset >= checked;
    startRow(row, aarch64, isChecked ? checked : start, isChecked ? end : checked, aarch64.sp, 0);
    setSigning(row, fields, !isChecked);
    if (!isChecked && fields.form === FORM_LLVM) addSavedRegisters(row, this.#slots, this.#saved);
  }

  #startFrame(part: Part, fp: boolean, row: Row): void {
    const fields = this.#fields;
    if (fp) startRow(row, aarch64, part.start, part.end, aarch64.fp, -8 * this.#slots.fp);
    else startRow(row, aarch64, part.start, part.end, aarch64.sp, 16 * fields.frame);
    setSigning(row, fields, isSigned(fields));
  }
}

function broken(kind: 'invalid' | 'unsupported', lo: number, hi: number, expectation: string): UnwindError {
  const digits = ((BigInt(hi) << 32n) | BigInt(lo)).toString(16).padStart(16, '0');
  return new UnwindError(kind, '.eh_frame_hdr', -1, `expected a descriptor ${expectation}, found ${digits}`);
}

export const extended: DescriptorLayout = new ExtendedLayout();
