/** Modes of the extended layout besides those of `modes.ts`. */
export const MODE_SP = 1;
export const MODE_FP = 2;
export const MODE_END = 3;

/** Which of x29 and x30 are saved, and where. */
export const RECORD_NONE = 0;
/** x30 before all others. */
export const RECORD_LINK_FIRST = 1;
/** x29 and x30: a frame record, as AAPCS64 has it. */
export const RECORD_FULL = 2;
/** x30 behind x19–x28. */
export const RECORD_LINK_LAST = 3;

/** Signing of the return address. */
export const SIGNING_NONE = 0;
export const SIGNING_A = 1;
export const SIGNING_B = 2;
/** The B key is the function's, but here nothing is signed. */
export const SIGNING_B_UNSIGNED = 3;

/** How registers are given slots, and what the payload is. */
export const FORM_MASKS = 0;
export const FORM_SCHEDULE = 1;
export const FORM_PACKED = 2;
export const FORM_LLVM = 3;

/** Registers a descriptor can name: x19–x28 and d8–d15. */
export const generalCount = 10;
export const vectorCount = 8;
export const payloadBits = 20;
export const generalMask = 0x3ff;
/** In `FORM_MASKS` with slots for vector registers. */
export const vectorMaskShift = 10;
/** In `FORM_MASKS` without such slots: how many of the highest saved of x19–x28 are restored, and how early. */
export const restoredShift = 10;
export const mostRestored = 7;
export const restoreTimeShift = 13;
export const mostRestoreTime = 31;
/** In `FORM_MASKS`: x29 and x30 have their slots, but are not saved. */
export const recordUnsavedBit = 1 << 18;
/** In `FORM_PACKED`: which of the registers with slots are saved. */
export const packedSavedShift = 10;
/** In `FORM_LLVM`. */
export const leadShift = 10;
export const mostLead = 7;
export const buildShift = 13;
export const mostBuild = 31;
export const mostTearDown = 15;

/** Most a field can say. */
export const mostEpilogue = 63;
export const mostFrame = 0x3fff;
export const mostBase = 15;

/** The fields of modes 1 and 2, see EXTENDED.md. */
export interface ExtendedFields {
  mode: number;
  /** Instructions from the release of the frame to the end of the range. */
  epilogue: number;
  /** Frame size in units of 16 bytes. */
  frame: number;
  signing: number;
  record: number;
  form: number;
  /** Units of 16 bytes between the save area and SP or, in `FORM_LLVM`, the CFA. */
  base: number;
  /** Slots of x19–x28; in `FORM_LLVM`, instructions from the change of the CFA to SP to the release of the frame. */
  general: number;
  /** Slots of d8–d15. */
  vector: number;
  payload: number;
}

export function emptyFields(): ExtendedFields {
  return {
    mode: 0,
    epilogue: 0,
    frame: 0,
    signing: 0,
    record: 0,
    form: 0,
    base: 0,
    general: 0,
    vector: 0,
    payload: 0,
  };
}

export function clearFields(fields: ExtendedFields): void {
  fields.mode = 0;
  fields.epilogue = 0;
  fields.frame = 0;
  fields.signing = 0;
  fields.record = 0;
  fields.form = 0;
  fields.base = 0;
  fields.general = 0;
  fields.vector = 0;
  fields.payload = 0;
}

const epilogueShift = 20;
const frameShift = 6;

export function unpackFields(lo: number, hi: number, fields: ExtendedFields): void {
  fields.mode = lo >>> 29;
  fields.epilogue = epilogueOf(lo);
  fields.frame = frameOf(lo);
  fields.signing = (lo >>> 4) & 3;
  fields.record = (lo >>> 2) & 3;
  fields.form = lo & 3;
  fields.base = hi >>> 28;
  fields.general = (hi >>> 24) & 0xf;
  fields.vector = (hi >>> 20) & 0xf;
  fields.payload = hi & 0xf_ffff;
}

/** The low half; every field is in its range. */
export function packLow(fields: ExtendedFields): number {
  const { mode, epilogue, frame, signing, record, form } = fields;
  const head = (mode << 29) | (epilogue << epilogueShift) | (frame << frameShift);
  return (head | (signing << 4) | (record << 2) | form) >>> 0;
}

/** The high half; every field is in its range. */
export function packHigh(fields: ExtendedFields): number {
  const { base, general, vector, payload } = fields;
  return ((base << 28) | (general << 24) | (vector << 20) | payload) >>> 0;
}

export function epilogueOf(lo: number): number {
  return (lo >>> epilogueShift) & mostEpilogue;
}

export function withEpilogue(lo: number, epilogue: number): number {
  return ((lo & ~(mostEpilogue << epilogueShift)) | (epilogue << epilogueShift)) >>> 0;
}

export function frameOf(lo: number): number {
  return (lo >>> frameShift) & mostFrame;
}
