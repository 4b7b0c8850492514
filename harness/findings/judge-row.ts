import type { Architecture } from '../../engine/index.ts';
import { isSamePart, type Malformed, type ModelRow } from '../model/index.ts';
import type { PlaceEvidence, Rightness } from './evidence.ts';

/**
 * A part of a row: what it says of the CFA, of the end of the stack, of the return address, of its authentication code,
 * or of a register (by column); or that it cannot be used at all.
 */
export type RowPart = 'unusable' | 'end' | 'cfa' | 'return-address' | 'sign-state' | number;

/** What evidence says against a row. */
export interface RowJudgement {
  readonly wrong: readonly RowPart[];
  /** Parts the evidence does not decide. */
  readonly undecided: number;
}

/**
 * Holds a row against what held at all stops at its place. `original` is the file's own row there, for which the
 * evidence may know more. Slots are counted from the true CFA: a wrong CFA is one wrong part, and not one a register.
 */
export function judgeRow(
  row: ModelRow | Malformed,
  original: ModelRow | Malformed,
  place: PlaceEvidence,
  architecture: Architecture,
): RowJudgement {
  if (place.behind === 'varies') return { wrong: [], undecided: 1 };
  if ('malformed' in row) return { wrong: ['unusable'], undecided: 0 };
  const isEnd = row.rules.get(row.returnColumn)?.kind === 'undefined';
  if (isEnd || place.behind === 'nobody') {
    return { wrong: isEnd === (place.behind === 'nobody') ? [] : ['end'], undecided: 0 };
  }
  const wrong: RowPart[] = [];
  let undecided = 0;
  const note = (part: RowPart, rightness: Rightness): void => {
    if (rightness === 'wrong') wrong.push(part);
    else if (rightness === 'undecided') undecided++;
  };
  note('cfa', cfaRightness(row, original, place, architecture));
  for (const key of Object.keys(place.saved)) {
    const column = Number(key);
    const part = column === row.returnColumn ? 'return-address' : column;
    note(part, ruleRightness(row, original, column, place, architecture));
  }
  // An authentication code that is not there is not missed when it is taken off.
  if (place.signed === 'yes' && architecture.signState >= 0 && !isSigned(row, architecture)) wrong.push('sign-state');
  return { wrong, undecided };
}

function cfaRightness(
  row: ModelRow,
  original: ModelRow | Malformed,
  { cfa, cfaFrameSlots, row: byRow }: PlaceEvidence,
  architecture: Architecture,
): Rightness {
  const { sp } = architecture;
  const spRule = row.rules.get(sp);
  if (row.cfa !== undefined && 'column' in row.cfa && spRule === undefined) {
    const { column, offset } = row.cfa;
    return cfa.some((one) => one[0] === column && one[1] === offset) ? 'right' : 'wrong';
  }
  if (row.cfa === undefined) return 'wrong';
  const slot = 'expression' in row.cfa ? frameSlotOf(row.cfa.expression, DW_OP_deref, architecture) : undefined;
  if (slot !== undefined && cfaFrameSlots.includes(slot)) return 'right';
  if (byRow === undefined || 'malformed' in original) return 'undecided';
  const same = isSamePart(row.cfa, original.cfa) && isSamePart(spRule, original.rules.get(sp));
  return same ? byRow.cfa : 'undecided';
}

function ruleRightness(
  row: ModelRow,
  original: ModelRow | Malformed,
  column: number,
  place: PlaceEvidence,
  architecture: Architecture,
): Rightness {
  const where = place.saved[column]!;
  const rule = row.rules.get(column);
  switch (rule?.kind) {
    case undefined:
    case 'same':
      // The return address of x86-64 is in no register.
      return column !== architecture.pc && where.registers.includes(column) ? 'right' : 'wrong';
    case 'undefined':
      return 'wrong';
    case 'register':
      return where.registers.includes(rule.column) ? 'right' : 'wrong';
    case 'offset':
      // Where a rule gives SP, the CFA is whatever the row says.
      if (!row.rules.has(architecture.sp)) return where.slots.includes(rule.offset) ? 'right' : 'wrong';
      break;
    case 'expression': {
      const slot = frameSlotOf(rule.expression, undefined, architecture);
      if (slot !== undefined && where.frameSlots.includes(slot)) return 'right';
    }
  }
  if (place.row === undefined || 'malformed' in original) return 'undecided';
  const same = isSamePart(rule, original.rules.get(column)) && isSamePart(row.cfa, original.cfa);
  return same ? (place.row.rules[column] ?? 'undecided') : 'undecided';
}

function isSigned(row: ModelRow, { signState }: Architecture): boolean {
  return (row.signState & 1) !== 0 || row.rules.has(signState);
}

/** DWARF 5, section 7.7.1. */
const DW_OP_deref = 0x06;
const DW_OP_breg0 = 0x70;

/** The distance from the frame pointer, where an expression is that sum alone or with `then` behind it. */
function frameSlotOf(
  expression: Uint8Array,
  then: number | undefined,
  { fp, columnToDwarf }: Architecture,
): number | undefined {
  const [opcode, byte, last] = expression;
  const length = then === undefined ? 2 : 3;
  // Distances that one byte of SLEB128 holds; others are for the evaluation at each stop.
  if (expression.length !== length || opcode !== DW_OP_breg0 + columnToDwarf[fp]! || byte! >= 0x80) return undefined;
  return last === then ? (byte! << 25) >> 25 : undefined;
}
