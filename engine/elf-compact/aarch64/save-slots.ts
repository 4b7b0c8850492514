import {
  depthOf,
  type ExtendedFields,
  FORM_LLVM,
  FORM_PACKED,
  generalCount,
  RECORD_FULL,
  RECORD_LINK_FIRST,
  RECORD_LINK_LAST,
  RECORD_NONE,
  vectorCount,
} from './extended-fields.ts';

/** Where registers are saved: distances from the CFA in units of 8 bytes. Only those of registers with a slot count. */
export interface SaveSlots {
  /** x19–x28. */
  readonly general: Int32Array;
  /** d8–d15. */
  readonly vector: Int32Array;
  fp: number;
  link: number;
}

export function emptySlots(): SaveSlots {
  return { general: new Int32Array(generalCount), vector: new Int32Array(vectorCount), fp: 0, link: 0 };
}

/**
 * Gives slots to x19–x28 – the first `general` of them or, in the packed forms, those of a mask –, to the first `vector`
 * of d8–d15, and to what the record has.
 */
export function assignSlots(fields: ExtendedFields, mask: number, slots: SaveSlots): void {
  if (fields.form === FORM_LLVM) assignDown(fields, mask, slots);
  else assignUp(fields, fields.form === FORM_PACKED ? mask : (1 << fields.general) - 1, slots);
}

/** GCC: ascending from the lowest slot. */
function assignUp(fields: ExtendedFields, mask: number, slots: SaveSlots): void {
  const { record, vector } = fields;
  const depth = depthOf(fields.base);
  const start = depth > 0 ? -2 * depth : 2 * (fields.base - fields.frame);
  let slot = start;
  if (record === RECORD_FULL) slots.fp = slot++;
  if (record === RECORD_FULL || record === RECORD_LINK_FIRST) slots.link = slot++;
  for (let i = 0; i < generalCount; i++) if (((mask >>> i) & 1) !== 0) slots.general[i] = slot++;
  if (record === RECORD_LINK_LAST) slots.link = slot++;
  // Vector registers start at a multiple of 16 bytes; if that leaves a slot free, the last of an odd number takes it.
  const gap = slot;
  if (((slot - start) & 1) !== 0) slot++;
  for (let i = 0; i < vector; i++) slots.vector[i] = slot + i;
  if (slot !== gap && (vector & 1) !== 0) slots.vector[vector - 1] = gap;
}

/** LLVM: descending from the highest slot in pairs; who has no partner takes the lower slot of a pair. */
function assignDown(fields: ExtendedFields, mask: number, slots: SaveSlots): void {
  const { record, vector } = fields;
  const start = -2 * fields.base;
  let slot = start - 1;
  let last = 0;
  for (let i = 0; i < generalCount; i++) {
    if (((mask >>> i) & 1) === 0) continue;
    slots.general[i] = slot--;
    last = i;
  }
  const odd = ((start - 1 - slot) & 1) !== 0;
  if (record === RECORD_NONE || record === RECORD_FULL) {
    if (odd) slots.general[last] = slot--;
  } else {
    // Without x29, x30 is the last one's partner.
    if (!odd) slot--;
    slots.link = slot--;
  }
  if (record === RECORD_FULL) {
    slots.link = slot--;
    slots.fp = slot--;
  }
  for (let i = 0; i < vector; i++) slots.vector[i] = slot--;
  if ((vector & 1) !== 0) slots.vector[vector - 1] = slot;
}
