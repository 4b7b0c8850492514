import { CfaKind, type Row, RuleKind } from '../../engine/index.ts';
import type { DwarfState } from './x86-64/follow-code.ts';

/** What a row says that code is followed with, from `start` on. */
export function dwarfState(start: number, row: Row): DwarfState {
  let unsaved = -1;
  for (let i = 0; i < row.ruleCount; i++) {
    if (row.ruleKind[i] !== RuleKind.sameValue) unsaved &= ~(1 << row.ruleColumn[i]!);
  }
  const cfaColumn = row.cfaKind === CfaKind.registerOffset ? row.cfaColumn : -1;
  return { start, cfaColumn, cfaOffset: row.cfaLo | 0, unsaved };
}
