import { aarch64 } from '../../architecture/index.ts';
import { CfaKind, type Row, RuleKind } from '../../row/row.ts';
import { type ExtendedFields, generalCount, SIGNING_B, SIGNING_B_UNSIGNED, vectorCount } from './extended-fields.ts';
import type { SaveSlots } from './save-slots.ts';
import type { SavedRegisters } from './saved-registers.ts';

export const firstGeneralColumn = 19;
/** d8. */
export const firstVectorColumn = 34;

const noBytes = new Uint8Array(0);

/** Writes everything of a row but its rules and its section: CFA = a register + `cfaOffset`. */
export function startRow(row: Row, start: number, end: number, cfaColumn: number, cfaOffset: number): void {
  row.startLo = start;
  row.startHi = 0;
  row.endLo = end;
  row.endHi = 0;
  row.functionLo = 0;
  row.functionHi = 0;
  row.cfaKind = CfaKind.registerOffset;
  row.cfaColumn = cfaColumn;
  row.cfaLo = cfaOffset;
  row.cfaHi = 0;
  row.bytes = noBytes;
  row.returnColumn = aarch64.link;
  row.signalFrame = false;
  row.signState = 0;
  row.bKey = false;
  row.argsSize = 0;
  row.ruleCount = 0;
}

/** Writes which key the function has, and whether the return address is signed. */
export function setSigning(row: Row, fields: ExtendedFields, signed: boolean): void {
  row.bKey = fields.signing === SIGNING_B || fields.signing === SIGNING_B_UNSIGNED;
  row.signState = signed ? 1 : 0;
}

export function addSaved(row: Row, slots: SaveSlots, saved: SavedRegisters): void {
  for (let i = 0; i < generalCount; i++) {
    if (((saved.general >>> i) & 1) !== 0) addSlot(row, firstGeneralColumn + i, slots.general[i]!);
  }
  if (saved.fp) addSlot(row, aarch64.fp, slots.fp);
  if (saved.link) addSlot(row, aarch64.link, slots.link);
  for (let i = 0; i < vectorCount; i++) {
    if (((saved.vector >>> i) & 1) !== 0) addSlot(row, firstVectorColumn + i, slots.vector[i]!);
  }
}

export function addUndefined(row: Row, column: number): void {
  const rule = row.ruleCount++;
  row.ruleColumn[rule] = column;
  row.ruleKind[rule] = RuleKind.undefined;
  row.ruleLo[rule] = 0;
  row.ruleHi[rule] = 0;
}

function addSlot(row: Row, column: number, slot: number): void {
  const rule = row.ruleCount++;
  row.ruleColumn[rule] = column;
  row.ruleKind[rule] = RuleKind.offset;
  row.ruleLo[rule] = 8 * slot;
  row.ruleHi[rule] = slot < 0 ? 0xffffffff : 0;
}
