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
import { type RowShape, sameSlots } from './row-shape.ts';

/** A way to give the saved registers of a row their slots. */
export interface SaveArea {
  readonly form: number;
  readonly record: number;
  readonly general: number;
  readonly vector: number;
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

function records(shape: RowShape): readonly number[] {
  if (shape.saved.fp) return [RECORD_FULL];
  return shape.saved.link ? [RECORD_LINK_LAST, RECORD_LINK_FIRST] : [RECORD_NONE];
}

function findAscending(shape: RowShape, form: number): SaveArea | undefined {
  const { saved } = shape;
  const leastGeneral = 32 - Math.clz32(saved.general);
  const leastVector = 32 - Math.clz32(saved.vector);
  const mostGeneral = form === FORM_PACKED ? 0 : generalCount;
  const least = Math.ceil(-lowestSlot(shape) / 2);
  fields.form = form;
  fields.base = 0;
  for (const record of records(shape)) {
    fields.record = record;
    for (let general = form === FORM_PACKED ? 0 : leastGeneral; general <= mostGeneral; general++) {
      fields.general = general;
      // Without vector registers, their slots do not matter.
      for (let vector = leastVector; vector <= (leastVector === 0 ? 0 : vectorCount); vector++) {
        fields.vector = vector;
        // The lowest saved register need not be the lowest that has a slot.
        for (let depth = least; depth <= least + generalCount / 2; depth++) {
          fields.frame = depth;
          assignSlots(fields, saved.general, slots);
          if (sameSlots(saved, shape.slots, slots)) return { form, record, general, vector, depth };
        }
      }
    }
  }
  return undefined;
}

function findDescending(shape: RowShape): SaveArea | undefined {
  const { saved } = shape;
  const vector = 32 - Math.clz32(saved.vector);
  if (saved.vector !== (1 << vector) - 1) return undefined;
  fields.form = FORM_LLVM;
  fields.general = 0;
  fields.vector = vector;
  for (const record of records(shape)) {
    fields.record = record;
    for (let base = 0; base <= mostBase; base++) {
      fields.base = base;
      assignSlots(fields, saved.general, slots);
      if (sameSlots(saved, shape.slots, slots)) return { form: FORM_LLVM, record, general: 0, vector, depth: base };
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
