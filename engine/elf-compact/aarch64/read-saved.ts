import {
  buildShift,
  type ExtendedFields,
  FORM_LLVM,
  FORM_MASKS,
  FORM_PACKED,
  FORM_SCHEDULE,
  generalMask,
  growsBit,
  MODE_FP,
  mayGrow,
  mostRestored,
  mostRestoreTime,
  mostShrinkTime,
  packedSavedShift,
  RECORD_FULL,
  RECORD_NONE,
  recordUnsavedBit,
  restoredShift,
  restoresStack,
  restoreTimeShift,
  shrinkTimeShift,
  vectorCount,
  vectorMaskShift,
} from './extended-fields.ts';
import { assignSlots, type SaveSlots } from './save-slots.ts';
import type { SavedRegisters } from './saved-registers.ts';

const vectorMask = 0xff;
const reservedClear = 'with its reserved bits clear';
const onlyWithSlots = 'that saves only registers with slots';

/** Finds out what is saved in the body, and where. Returns what the descriptor should have been, or undefined. */
export function readSaved(fields: ExtendedFields, slots: SaveSlots, saved: SavedRegisters): string | undefined {
  const { mode, form, general, vector, payload, record } = fields;
  if (vector > vectorCount) return 'with at most 8 slots for d8-d15';
  if (form === FORM_LLVM) {
    if (payload >>> (buildShift + 5) !== 0) return reservedClear;
    if (general !== 0 && mode !== MODE_FP) return 'whose CFA counts from x29 before it counts from SP again';
  } else if (form === FORM_PACKED) {
    if (general !== 0) return reservedClear;
  }
  saved.general = form === FORM_SCHEDULE ? (1 << general) - 1 : payload & generalMask;
  saved.vector = (1 << vector) - 1;
  saved.fp = record === RECORD_FULL;
  saved.link = record !== RECORD_NONE;
  assignSlots(fields, saved.general, slots);
  if (form === FORM_MASKS) return readMasks(fields, saved);
  if (form !== FORM_PACKED) return undefined;
  const live = payload >>> packedSavedShift;
  if ((live & ~saved.general) !== 0) return onlyWithSlots;
  saved.general = live;
  return undefined;
}

function readMasks(fields: ExtendedFields, saved: SavedRegisters): string | undefined {
  const { general, vector, payload } = fields;
  if (payload >>> 19 !== 0) return reservedClear;
  if (saved.general >>> general !== 0) return onlyWithSlots;
  if ((payload & recordUnsavedBit) !== 0) {
    saved.fp = false;
    saved.link = false;
  }
  if (vector > 0) {
    const live = (payload >>> vectorMaskShift) & vectorMask;
    if ((live & ~saved.vector) !== 0) return onlyWithSlots;
    saved.vector = live;
    return undefined;
  }
  const restored = (payload >>> restoredShift) & mostRestored;
  const hasTime = ((payload >>> restoreTimeShift) & mostRestoreTime) !== 0;
  if (restored > 0 !== hasTime) return 'that says how many registers are restored, and when';
  return restored === restoresStack && !mayGrow(fields)
    ? 'whose save area is at the top where SP goes up to it'
    : undefined;
}

/** Instructions from the end of the body to the release of the frame. */
export function tearDownLength(fields: ExtendedFields): number {
  const { form, general, vector, payload } = fields;
  if (form === FORM_LLVM) return general;
  if (form === FORM_MASKS && vector === 0) return (payload >>> restoreTimeShift) & mostRestoreTime;
  const grows = form === FORM_SCHEDULE && mayGrow(fields) && (payload & growsBit) !== 0;
  return grows ? (payload >>> shrinkTimeShift) & mostShrinkTime : 0;
}
