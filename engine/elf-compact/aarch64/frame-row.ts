import { aarch64 } from '../../architecture/index.ts';
import type { Row } from '../../row/row.ts';
import { addSaved } from '../row-writer.ts';
import { type ExtendedFields, generalCount, SIGNING_B, SIGNING_B_UNSIGNED, vectorCount } from './extended-fields.ts';
import type { SaveSlots } from './save-slots.ts';
import type { SavedRegisters } from './saved-registers.ts';

export const firstGeneralColumn = 19;
/** d8. */
export const firstVectorColumn = 34;

/** Writes which key the function has, and whether the return address is signed. */
export function setSigning(row: Row, fields: ExtendedFields, signed: boolean): void {
  row.bKey = fields.signing === SIGNING_B || fields.signing === SIGNING_B_UNSIGNED;
  row.signState = signed ? 1 : 0;
}

export function addSavedRegisters(row: Row, slots: SaveSlots, saved: SavedRegisters): void {
  for (let i = 0; i < generalCount; i++) {
    if (((saved.general >>> i) & 1) !== 0) addSaved(row, firstGeneralColumn + i, 8 * slots.general[i]!);
  }
  if (saved.fp) addSaved(row, aarch64.fp, 8 * slots.fp);
  if (saved.link) addSaved(row, aarch64.link, 8 * slots.link);
  for (let i = 0; i < vectorCount; i++) {
    if (((saved.vector >>> i) & 1) !== 0) addSaved(row, firstVectorColumn + i, 8 * slots.vector[i]!);
  }
}
