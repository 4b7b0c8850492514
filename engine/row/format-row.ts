import type { Architecture } from '../architecture/index.ts';
import { hex } from '../current-frame.ts';
import { formatExpression, formatOffset } from './format-expression.ts';
import { CfaKind, type Row, RuleKind } from './row.ts';

/**
 * A row as people read it, such as `CFA=rsp+16 rbx=[CFA-16] rip=[CFA-8]`: `[…]` is memory, `u` undefined, `s` same
 * value, `{…}` an expression. A trailing `signed`, `signed-with-pc@ADDRESS`, `b-key`, `signal` or `args=N` tells what
 * else the row says.
 */
export function formatRow(row: Row, architecture: Architecture): string {
  const words = [`CFA=${formatCfa(row, architecture)}`];
  for (let i = 0; i < row.ruleCount; i++) {
    words.push(`${architecture.columnNames[row.ruleColumn[i]!]!}=${formatRule(row, i, architecture)}`);
  }
  if (row.signState === 1) words.push('signed');
  if (row.signState === 3) words.push(`signed-with-pc@${hex(row.signedAtLo, row.signedAtHi)}`);
  if (row.bKey) words.push('b-key');
  if (row.signalFrame) words.push('signal');
  if (row.argsSize !== 0) words.push(`args=${row.argsSize}`);
  return words.join(' ');
}

function formatCfa(row: Row, architecture: Architecture): string {
  switch (row.cfaKind) {
    case CfaKind.registerOffset:
      return `${architecture.columnNames[row.cfaColumn]!}${formatOffset(signed(row.cfaLo, row.cfaHi))}`;
    case CfaKind.expression:
      return `{${formatExpression(row.bytes, row.cfaLo, row.cfaHi, architecture)}}`;
    default:
      return 'u';
  }
}

function formatRule(row: Row, index: number, architecture: Architecture): string {
  const lo = row.ruleLo[index]!;
  const hi = row.ruleHi[index]!;
  switch (row.ruleKind[index]) {
    case RuleKind.undefined:
      return 'u';
    case RuleKind.offset:
      return `[CFA${formatOffset(signed(lo, hi))}]`;
    case RuleKind.valOffset:
      return `CFA${formatOffset(signed(lo, hi))}`;
    case RuleKind.register:
      return architecture.columnNames[lo]!;
    case RuleKind.expression:
      return `[{${formatExpression(row.bytes, lo, hi, architecture)}}]`;
    case RuleKind.valExpression:
      return `{${formatExpression(row.bytes, lo, hi, architecture)}}`;
    default:
      return 's';
  }
}

function signed(lo: number, hi: number): bigint {
  return BigInt.asIntN(64, (BigInt(hi) << 32n) | BigInt(lo));
}
