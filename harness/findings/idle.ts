import type { Architecture } from '../../engine/index.ts';
import { type CfiDirective, cfi, type Fde, type PlacedDirective } from '../../generators/cfi/index.ts';
import { interpret, isSameRow, type RowTable } from '../model/index.ts';

/** Functions with more directives are not searched for idle ones. */
const mostDirectives = 200;

/**
 * How many directives of a function say nothing new: without them, or one half for those with fewer operands, the rows are
 * the same. Whoever writes directives leaves such out.
 */
export function idleDirectives(fde: Fde, architecture: Architecture): number {
  const { directives } = fde;
  if (directives.length > mostDirectives) return 0;
  const right = interpret(fde, architecture);
  const isSame = (others: readonly PlacedDirective[]): boolean =>
    sameRows(right, interpret({ ...fde, directives: others }, architecture), directives);
  let idle = 0;
  directives.forEach(({ offset, directive }, i) => {
    const before = directives.slice(0, i);
    const behind = directives.slice(i + 1);
    if (isSame([...before, ...behind])) idle++;
    else if (parts(directive).some((part) => isSame([...before, { offset, directive: part }, ...behind]))) idle += 0.5;
  });
  return idle;
}

function parts(directive: CfiDirective): CfiDirective[] {
  if (directive.kind !== 'defCfa') return [];
  return [cfi.defCfaOffset(directive.offset), cfi.defCfaRegister(directive.register)];
}

function sameRows(a: RowTable, b: RowTable, directives: readonly PlacedDirective[]): boolean {
  return directives.every(({ offset }) => isSameRow(a.at(offset), b.at(offset)));
}
