import type { Architecture } from '../architecture/index.ts';
import { CfaKind, type Row, RuleKind } from '../row/row.ts';

const noBytes = new Uint8Array(0);

/**
 * Writes everything of a row but its rules and its section: CFA = a register + `cfaOffset`, the return address where a call
 * leaves it. `start` and `end` are counted from the start of the descriptor's range.
 */
export function startRow(
  row: Row,
  { link, pc }: Architecture,
  start: number,
  end: number,
  cfaColumn: number,
  cfaOffset: number,
): void {
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
  row.returnColumn = link < 0 ? pc : link;
  row.signalFrame = false;
  row.signState = 0;
  row.bKey = false;
  row.argsSize = 0;
  row.ruleCount = 0;
}

/** A register is saved so many bytes from the CFA, below 2^31 either way. */
export function addSaved(row: Row, column: number, offset: number): void {
  addRule(row, column, RuleKind.offset, offset);
}

export function addUndefined(row: Row, column: number): void {
  addRule(row, column, RuleKind.undefined, 0);
}

function addRule(row: Row, column: number, kind: number, offset: number): void {
  const rule = row.ruleCount++;
  row.ruleColumn[rule] = column;
  row.ruleKind[rule] = kind;
  row.ruleLo[rule] = offset;
  row.ruleHi[rule] = offset < 0 ? 0xffffffff : 0;
}
