import type { CfiDirective } from '../../generators/cfi/index.ts';
import type { Evaluator } from './evaluate.ts';
import type { RowPart } from './judge-row.ts';
import type { BuiltDirective } from './relative.ts';

/** Directives that may be what is wrong with a part of the row at a place: those that made it what it is. */
export function suspectsOf(
  part: RowPart,
  directives: readonly BuiltDirective[],
  offset: number,
  { architecture, initial }: Evaluator,
): BuiltDirective[] {
  const before = directives.filter((one) => one.offset <= offset);
  const last = (matches: (directive: CfiDirective) => boolean): BuiltDirective[] => {
    const found = before.findLast(({ directive }) => matches(directive));
    return found === undefined ? [] : [found];
  };
  const states = last(({ kind }) => kind === 'rememberState' || kind === 'restoreState');
  const here = before.filter((one) => one.offset === before.at(-1)?.offset);
  if (part === 'unusable') return here;
  if (part === 'cfa') return [...new Set([...last(isCfa), ...states])];
  if (part === 'sign-state') return [...last(({ kind }) => /RaState/.test(kind)), ...states];
  const column = typeof part === 'number' ? part : initial.returnColumn;
  const register = architecture.columnToDwarf[column];
  const isOf = (directive: CfiDirective): boolean =>
    'register' in directive && !isCfa(directive) && directive.register === register;
  return [...new Set([...last(isOf), ...here, ...states])];
}

/** Whether one may have been written for the other: what they are for is the same, or all but the register. */
export function isAlike(one: CfiDirective, other: CfiDirective): boolean {
  if (/State$/.test(other.kind)) return true;
  if (isCfa(one) || isCfa(other)) return isCfa(one) && isCfa(other);
  if (!('register' in one && 'register' in other)) return false;
  if (one.register === other.register) return true;
  if (one.kind.slice(0, 6) !== other.kind.slice(0, 6)) return false;
  return !('offset' in one && 'offset' in other) || one.offset === other.offset;
}

export function isCfa({ kind }: CfiDirective): boolean {
  return kind.startsWith('defCfa');
}
