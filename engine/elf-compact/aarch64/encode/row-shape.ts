import { aarch64 } from '../../../architecture/index.ts';
import { CfaKind, type Row, RuleKind } from '../../../row/row.ts';
import { generalCount, mostFrame, vectorCount } from '../extended-fields.ts';
import { firstGeneralColumn, firstVectorColumn } from '../frame-row.ts';
import { emptySlots, type SaveSlots } from '../save-slots.ts';
import type { SavedRegisters } from '../saved-registers.ts';

export const SHAPE_NULL = 0;
/** No frame yet, or none any more, but the return address is signed. */
export const SHAPE_SIGNED_NULL = 1;
export const SHAPE_FRAME = 2;
export const SHAPE_END = 3;

/** A row as descriptors see it. */
export interface RowShape {
  readonly row: Row;
  /** Why no descriptor can say it, or undefined. */
  problem: string | undefined;
  kind: number;
  signed: boolean;
  bKey: boolean;
  /** Whether the CFA counts from x29; if not, `frame` is the frame size in units of 16 bytes. */
  fromFp: boolean;
  frame: number;
  readonly saved: SavedRegisters;
  readonly slots: SaveSlots;
}

export function shapeOf(row: Row): RowShape {
  const shape: RowShape = {
    row,
    problem: undefined,
    kind: SHAPE_FRAME,
    signed: row.signState === 1,
    bKey: row.bKey,
    fromFp: row.cfaColumn === aarch64.fp,
    frame: 0,
    saved: { general: 0, vector: 0, fp: false, link: false },
    slots: emptySlots(),
  };
  shape.problem = readHead(shape) ?? readRules(shape);
  return shape;
}

function readHead(shape: RowShape): string | undefined {
  const { row } = shape;
  if (row.signalFrame) return 'signal frame';
  if (row.argsSize !== 0) return 'size of arguments';
  if (row.returnColumn !== aarch64.link) return 'return address not in x30';
  if (row.signState > 1) return 'return address signed with PC';
  if (row.cfaKind !== CfaKind.registerOffset) return 'CFA from an expression';
  if (!shape.fromFp && row.cfaColumn !== aarch64.sp) return 'CFA from another register';
  if (row.cfaHi !== 0 || (row.cfaLo & 15) !== 0) return 'frame size no multiple of 16';
  if (shape.fromFp) return undefined;
  shape.frame = row.cfaLo >>> 4;
  return shape.frame > mostFrame ? 'frame too large' : undefined;
}

function readRules(shape: RowShape): string | undefined {
  const { row, saved } = shape;
  let undefinedRules = 0;
  for (let i = 0; i < row.ruleCount; i++) {
    const column = row.ruleColumn[i]!;
    if (row.ruleKind[i] === RuleKind.undefined && (column === aarch64.link || column === aarch64.fp)) {
      undefinedRules++;
      if (column === aarch64.link) shape.kind = SHAPE_END;
    } else if (row.ruleKind[i] !== RuleKind.offset) return 'rule of another kind';
    else {
      if (row.ruleHi[i] !== 0xffff_ffff || (row.ruleLo[i]! & 7) !== 0) return 'saved outside the frame';
      if (!setSlot(shape, column, (row.ruleLo[i]! | 0) / 8)) return 'other registers saved';
    }
  }
  const none = saved.general === 0 && saved.vector === 0 && !saved.fp && !saved.link;
  if (undefinedRules > 0) {
    const isEnd = none && shape.kind === SHAPE_END && !shape.fromFp && !shape.signed && !shape.bKey;
    return isEnd ? undefined : 'rule of another kind';
  }
  if (shape.fromFp && shape.slots.fp !== -(row.cfaLo / 8)) return 'x29 is not where the CFA counts from';
  if (saved.fp && !saved.link) return 'x29 saved without x30';
  if (none && !shape.fromFp && shape.frame === 0) shape.kind = shape.signed ? SHAPE_SIGNED_NULL : SHAPE_NULL;
  return undefined;
}

function setSlot(shape: RowShape, column: number, slot: number): boolean {
  const { saved, slots } = shape;
  const general = column - firstGeneralColumn;
  const vector = column - firstVectorColumn;
  if (column === aarch64.fp) {
    saved.fp = true;
    slots.fp = slot;
  } else if (column === aarch64.link) {
    saved.link = true;
    slots.link = slot;
  } else if (general >= 0 && general < generalCount) {
    saved.general |= 1 << general;
    slots.general[general] = slot;
  } else if (vector >= 0 && vector < vectorCount) {
    saved.vector |= 1 << vector;
    slots.vector[vector] = slot;
  } else return false;
  return true;
}

/** Whether what one row saves, another one saves in the same places. */
export function savesNoMore(less: RowShape, more: RowShape): boolean {
  const a = less.saved;
  const b = more.saved;
  if ((a.general & ~b.general) !== 0 || (a.vector & ~b.vector) !== 0) return false;
  if ((a.fp && !b.fp) || (a.link && !b.link)) return false;
  return sameSlots(a, less.slots, more.slots);
}

/** Whether the registers have the same slots. */
export function sameSlots(saved: SavedRegisters, a: SaveSlots, b: SaveSlots): boolean {
  if (saved.fp && a.fp !== b.fp) return false;
  if (saved.link && a.link !== b.link) return false;
  for (let i = 0; i < generalCount; i++) {
    if (((saved.general >>> i) & 1) !== 0 && a.general[i] !== b.general[i]) return false;
  }
  for (let i = 0; i < vectorCount; i++) {
    if (((saved.vector >>> i) & 1) !== 0 && a.vector[i] !== b.vector[i]) return false;
  }
  return true;
}

/** Whether two rows say the same, wherever they hold. */
export function sameRow(a: Row, b: Row): boolean {
  if (a.cfaKind !== b.cfaKind || a.cfaColumn !== b.cfaColumn || a.cfaLo !== b.cfaLo || a.cfaHi !== b.cfaHi)
    return false;
  if (a.ruleCount !== b.ruleCount || a.signState !== b.signState || a.bKey !== b.bKey) return false;
  if (a.returnColumn !== b.returnColumn || a.signalFrame !== b.signalFrame || a.argsSize !== b.argsSize) return false;
  for (let i = 0; i < a.ruleCount; i++) {
    if (a.ruleColumn[i] !== b.ruleColumn[i] || a.ruleKind[i] !== b.ruleKind[i]) return false;
    if (a.ruleLo[i] !== b.ruleLo[i] || a.ruleHi[i] !== b.ruleHi[i]) return false;
  }
  return true;
}
