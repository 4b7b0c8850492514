import type { RowTable } from './rows/interpret.ts';
import type { Malformed, ModelCfa, ModelRow, ModelRule } from './rows/row.ts';

/** By offset in their FDE, 1 where two tables of rows differ. */
export function differingOffsets(a: RowTable, b: RowTable): Uint8Array {
  const differing = new Uint8Array(a.fde.size);
  const starts = [...new Set([0, ...[a, b].flatMap(({ fde }) => fde.directives.map(({ offset }) => offset))])];
  starts.sort((x, y) => x - y);
  starts.forEach((start, i) => {
    if (!isSameRow(a.at(start), b.at(start))) differing.fill(1, start, starts[i + 1] ?? differing.length);
  });
  return differing;
}

/** Whether two rows say the same. */
export function isSameRow(a: ModelRow | Malformed, b: ModelRow | Malformed): boolean {
  if ('malformed' in a || 'malformed' in b) return 'malformed' in a && 'malformed' in b;
  if (
    a.returnColumn !== b.returnColumn ||
    a.signState !== b.signState ||
    a.rules.size !== b.rules.size ||
    !isSamePart(a.cfa, b.cfa)
  )
    return false;
  for (const [column, rule] of a.rules) if (!isSamePart(rule, b.rules.get(column))) return false;
  return true;
}

/** Whether two rules, or two ways to the CFA, are the same. */
export function isSamePart(a: ModelRule | ModelCfa | undefined, b: ModelRule | ModelCfa | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

function plain(part: ModelRule | ModelCfa): unknown {
  return 'expression' in part ? { ...part, expression: Array.from(part.expression) } : part;
}
