import { type Architecture, CfaKind, type Row, RuleKind } from '../../engine/index.ts';

/** A register that DWARF finds at CFA + offset and the other row in the register itself, or the other way round. */
export interface RegisterDifference {
  readonly kind: 'popped' | 'pushed';
  readonly column: number;
  /** Bytes from the CFA to the slot that one of the rows names. */
  readonly offset: number;
}

/**
 * How a row differs from that of DWARF: no difference, only in whether callee-saved registers are in their slots, or in
 * a way that cannot mean the same. A register without a rule keeps its value as one with the rule "same value" does.
 */
export type RowDifference = 'none' | 'other' | readonly RegisterDifference[];

export function rowDifference(dwarf: Row, other: Row, architecture: Architecture): RowDifference {
  if (!sameFrame(dwarf, other)) return 'other';
  let differences: RegisterDifference[] | undefined;
  let i = 0;
  let j = 0;
  for (;;) {
    while (i < dwarf.ruleCount && keepsValue(dwarf, i, architecture)) i++;
    while (j < other.ruleCount && keepsValue(other, j, architecture)) j++;
    const column = i < dwarf.ruleCount ? dwarf.ruleColumn[i]! : Number.POSITIVE_INFINITY;
    const otherColumn = j < other.ruleCount ? other.ruleColumn[j]! : Number.POSITIVE_INFINITY;
    if (column === Number.POSITIVE_INFINITY && otherColumn === column) return differences ?? 'none';
    if (column === otherColumn) {
      if (!sameRule(dwarf, i++, other, j++)) return 'other';
      continue;
    }
    const difference = column < otherColumn ? slotOf('popped', dwarf, i++) : slotOf('pushed', other, j++);
    if (difference === undefined || !architecture.calleeSaved.includes(difference.column)) return 'other';
    differences ??= [];
    differences.push(difference);
  }
}

/** Whether all is the same but for the registers. */
function sameFrame(a: Row, b: Row): boolean {
  if (a.cfaKind !== b.cfaKind || a.returnColumn !== b.returnColumn || a.signState !== b.signState) return false;
  if (a.signalFrame !== b.signalFrame || a.bKey !== b.bKey || a.argsSize !== b.argsSize) return false;
  if (a.cfaKind === CfaKind.registerOffset) {
    return a.cfaColumn === b.cfaColumn && (a.cfaLo | 0) === (b.cfaLo | 0) && (a.cfaHi | 0) === (b.cfaHi | 0);
  }
  return a.cfaKind !== CfaKind.expression || sameBytes(a, a.cfaLo, a.cfaHi, b, b.cfaLo, b.cfaHi);
}

function sameRule(a: Row, i: number, b: Row, j: number): boolean {
  const kind = a.ruleKind[i];
  if (kind !== b.ruleKind[j]) return false;
  if (kind === RuleKind.expression || kind === RuleKind.valExpression) {
    return sameBytes(a, a.ruleLo[i]!, a.ruleHi[i]!, b, b.ruleLo[j]!, b.ruleHi[j]!);
  }
  return kind === RuleKind.undefined || (a.ruleLo[i] === b.ruleLo[j] && a.ruleHi[i] === b.ruleHi[j]);
}

/** Expressions are the same where their bytes are, wherever they lie. */
function sameBytes(a: Row, at: number, size: number, b: Row, otherAt: number, otherSize: number): boolean {
  if (size !== otherSize) return false;
  for (let i = 0; i < size; i++) if (a.bytes[at + i] !== b.bytes[otherAt + i]) return false;
  return true;
}

function keepsValue(row: Row, rule: number, { sp, pc }: Architecture): boolean {
  const column = row.ruleColumn[rule]!;
  return row.ruleKind[rule] === RuleKind.sameValue && column !== sp && column !== pc;
}

function slotOf(kind: 'popped' | 'pushed', row: Row, rule: number): RegisterDifference | undefined {
  const offset = row.ruleLo[rule]! | 0;
  if (row.ruleKind[rule] !== RuleKind.offset || (row.ruleHi[rule]! | 0) !== offset >> 31) return undefined;
  return { kind, column: row.ruleColumn[rule]!, offset };
}
