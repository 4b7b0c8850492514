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
/** In place of a number of registers: SP goes up to the save area, which is at the top of the frame. */
export const restoresStack = 7;
/** In `FORM_MASKS`: x29 and x30 have their slots, but are not saved. */
export const recordUnsavedBit = 1 << 18;
/** In `FORM_PACKED`: which of the registers with slots are saved. */
export const packedSavedShift = 10;
/** In `FORM_LLVM`. */
export const leadShift = 10;
export const mostLead = 7;
export const buildShift = 13;
export const mostBuild = 31;
export const mostTearDown = 10;

/** Most a field can say. */
export const mostEpilogue = 63;
export const mostFrame = 0x3fff;
/** Distances of the save area from SP; greater bases are distances from the CFA, beginning with 1. */
export const mostBase = 15;
export const mostDepth = 16;
/** In `FORM_SCHEDULE` with a save area at the top of the frame, in mode 1: SP goes down once more when registers are saved. */
export const growsBit = 1;
/** And goes up again so many instructions before the frame is released. */
export const shrinkTimeShift = 1;
export const mostShrinkTime = 31;
export const growthBits = 6;

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
  /** Where the save area is: `mostBase`; in `FORM_LLVM`, units of 16 bytes from the CFA to its end. */
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

const generalChoices = generalCount + 1;
const epilogueShift = 20;
const frameShift = 6;

export function unpackFields(lo: number, hi: number, fields: ExtendedFields): void {
  fields.mode = lo >>> 29;
  fields.epilogue = epilogueOf(lo);
  fields.frame = frameOf(lo);
  fields.signing = (lo >>> 4) & 3;
  fields.record = (lo >>> 2) & 3;
  fields.form = lo & 3;
  fields.base = hi >>> 27;
  fields.general = ((hi >>> 20) & 0x7f) % generalChoices;
  fields.vector = Math.floor(((hi >>> 20) & 0x7f) / generalChoices);
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
  return ((base << 27) | ((general + generalChoices * vector) << 20) | payload) >>> 0;
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

/** The frame up to the end of its save area, where that is at the top, in units of 16 bytes; otherwise 0. */
export function depthOf(base: number): number {
  return Math.max(0, base - mostBase);
}

/** Whether `FORM_SCHEDULE` says whether the frame grows. */
export function mayGrow({ mode, base }: ExtendedFields): boolean {
  return mode === MODE_SP && base > mostBase;
}
