import type { CfiDirective, PlacedDirective } from '../../generators/cfi/index.ts';
import type { BuiltDirective } from './relative.ts';

/** What is done to a function's directives, and what they are then. */
export interface Edit {
  readonly action: 'add' | 'move' | 'replace' | 'remove';
  /** Where it is added, moved to, replaced or removed: bytes from the function's start. */
  readonly offset: number;
  /** What is there then; absent where it is removed. */
  readonly directive?: CfiDirective;
  /** What is moved, replaced or removed. */
  readonly instead?: BuiltDirective;
  /** By how much the CFA's offset changes here, where only that does and others build on it. */
  readonly adjust?: number;
  /** An instruction is there that makes true what the directive says. */
  readonly isMade: boolean;
  readonly directives: readonly PlacedDirective[];
}

/** With a directive more, behind those of the same place or, with `first`, before them. */
export function added(directives: readonly BuiltDirective[], one: BuiltDirective, first = false): BuiltDirective[] {
  const at = directives.findIndex(({ offset }) => (first ? offset >= one.offset : offset > one.offset));
  const cut = at < 0 ? directives.length : at;
  return [...directives.slice(0, cut), one, ...directives.slice(cut)];
}

/** With another directive in the place of one, or with none. */
export function replaced(
  directives: readonly BuiltDirective[],
  old: BuiltDirective,
  directive?: CfiDirective,
): BuiltDirective[] {
  return directives.flatMap((one) =>
    one !== old ? [one] : directive === undefined ? [] : [{ offset: old.offset, directive }],
  );
}
