import {
  type ExtendedFields,
  emptyFields,
  FORM_LLVM,
  FORM_MASKS,
  FORM_PACKED,
  generalCount,
  mostBase,
  RECORD_FULL,
  RECORD_LINK_FIRST,
  RECORD_LINK_LAST,
  RECORD_NONE,
  vectorCount,
} from '../extended-fields.ts';
import { assignSlots, emptySlots } from '../save-slots.ts';
import { bitCount } from '../saved-registers.ts';
import { type RowShape, sameSlots } from './row-shape.ts';

/** A way to give the saved registers of a row their slots. */
export interface SaveArea {
  readonly form: number;
  readonly record: number;
  readonly general: number;
  readonly vector: number;
  /** Of the packed forms: which of x19–x28 have slots. */
  readonly mask: number;
  /** Whether x29 and x30 are saved. */
  readonly recordSaved: boolean;
  /** The lowest slot in units of 16 bytes from the CFA, downwards; in `FORM_LLVM`, the base. */
  readonly depth: number;
}

const fields: ExtendedFields = emptyFields();
const slots = emptySlots();

/** The ways to give slots that are right for a row, at most one of each form; `FORM_MASKS` stands for schedules, too. */
export function saveAreasOf(shape: RowShape): SaveArea[] {
  return [findAscending(shape, FORM_MASKS), findAscending(shape, FORM_PACKED), findDescending(shape)].filter(
    (area) => area !== undefined,
  );
}

/** Records that may be there; those that are not saved last. */
function records(shape: RowShape): readonly number[] {
  if (shape.saved.fp) return [RECORD_FULL];
  if (shape.saved.link) return [RECORD_LINK_LAST, RECORD_LINK_FIRST];
  return [RECORD_NONE];
}

function findAscending(shape: RowShape, form: number): SaveArea | undefined {
  const { saved } = shape;
  const leastVector = 32 - Math.clz32(saved.vector);
  const packed = form === FORM_PACKED;
  const mask = packed ? packedMask(shape) : saved.general;
  const leastGeneral = packed ? 0 : 32 - Math.clz32(saved.general);
  const least = Math.ceil(-lowestSlot(shape) / 2);
  // A frame with vector registers may have a record whose slots show in theirs only.
  const hidden = packed || saved.vector === 0 || saved.link ? [] : [RECORD_LINK_LAST, RECORD_FULL];
  fields.form = form;
  fields.base = 0;
  for (const record of [...records(shape), ...hidden]) {
    fields.record = record;
    for (let general = leastGeneral; general <= (packed ? 0 : generalCount); general++) {
      fields.general = general;
      // Without vector registers, their slots do not matter.
      for (let vector = leastVector; vector <= (leastVector === 0 ? 0 : vectorCount); vector++) {
        if (packed && vector !== bitCount(saved.vector)) continue;
        fields.vector = vector;
        // The lowest saved register need not be the lowest that has a slot.
        for (let depth = least; depth <= least + generalCount / 2; depth++) {
          fields.frame = depth;
          assignSlots(fields, mask, slots);
          if (!sameSlots(saved, shape.slots, slots)) continue;
          const recordSaved = saved.link || record === RECORD_NONE;
          return { form, record, general, vector, mask, recordSaved, depth };
        }
      }
    }
  }
  return undefined;
}

/** Which of x19–x28 have slots, where these are given to the saved registers and as few others as can be. */
function packedMask(shape: RowShape): number {
  const { saved, slots: at } = shape;
  let mask = 0;
  let last = -1;
  for (let i = 0; i < generalCount; i++) {
    if (((saved.general >>> i) & 1) === 0) continue;
    const free = last < 0 ? 0 : at.general[i]! - at.general[last]! - 1;
    for (let other = last + 1; other <= last + free && other < i; other++) mask |= 1 << other;
    mask |= 1 << i;
    last = i;
  }
  // Registers below the first: between the record and it.
  const first = mask & -mask;
  if (saved.fp && first !== 0) {
    const lowest = 31 - Math.clz32(first);
    const free = at.general[lowest]! - at.link - 1;
    for (let other = 0; other < free && other < lowest; other++) mask |= 1 << other;
  }
  return mask;
}

function findDescending(shape: RowShape): SaveArea | undefined {
  const { saved } = shape;
  const mask = saved.general;
  const vector = 32 - Math.clz32(saved.vector);
  if (saved.vector !== (1 << vector) - 1) return undefined;
  const form = FORM_LLVM;
  fields.form = form;
  fields.general = 0;
  fields.vector = vector;
  for (const record of records(shape)) {
    fields.record = record;
    for (let base = 0; base <= mostBase; base++) {
      fields.base = base;
      assignSlots(fields, mask, slots);
      if (!sameSlots(saved, shape.slots, slots)) continue;
      return { form, record, general: 0, vector, mask, recordSaved: true, depth: base };
    }
  }
  return undefined;
}

/** Of the saved registers; 0 where none is. */
function lowestSlot(shape: RowShape): number {
  const { saved, slots: at } = shape;
  let lowest = 0;
  if (saved.fp) lowest = at.fp;
  if (saved.link && at.link < lowest) lowest = at.link;
  for (let i = 0; i < generalCount; i++) {
    if (((saved.general >>> i) & 1) !== 0 && at.general[i]! < lowest) lowest = at.general[i]!;
  }
  for (let i = 0; i < vectorCount; i++) {
    if (((saved.vector >>> i) & 1) !== 0 && at.vector[i]! < lowest) lowest = at.vector[i]!;
  }
  return lowest;
}
