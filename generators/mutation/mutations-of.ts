import type { Architecture } from '../../engine/architecture/index.ts';
import type { Fde, PlacedDirective, ProgramFrames } from '../cfi/index.ts';
import { type CfiMutation, directiveText, type MutationOperator } from './mutation.ts';
import { wrongDirectives } from './wrong-directives.ts';

/**
 * Every fault of one directive in the call frame information of a program, in the order of FDEs and directives.
 * `instructions`: where instructions start, ascending.
 */
export function mutationsOf(
  { fdes }: ProgramFrames,
  architecture: Architecture,
  instructions: readonly bigint[],
): CfiMutation[] {
  return fdes.flatMap((fde, number) => {
    const end = fde.start + BigInt(fde.size);
    const places = instructions.filter((at) => at >= fde.start && at < end).map((at) => Number(at - fde.start));
    return fde.directives.flatMap((placed, directive) =>
      faultsOf(fde, directive, places, architecture).map(({ operator, directives }) => ({
        operator,
        fde: number,
        directive,
        get text() {
          return `${directiveText(placed.directive)} at +0x${placed.offset.toString(16)}: ${operator}`;
        },
        get wrong() {
          return { ...fde, directives: directives() };
        },
      })),
    );
  });
}

/** The mutated program's FDEs. */
export function mutatedFdes({ fdes }: ProgramFrames, { fde, wrong }: CfiMutation): Fde[] {
  return fdes.map((right, number) => (number === fde ? wrong : right));
}

interface Fault {
  readonly operator: MutationOperator;
  /** Made when asked for: of very many faults a few are wanted. */
  directives(): readonly PlacedDirective[];
}

function faultsOf(fde: Fde, number: number, places: readonly number[], architecture: Architecture): Fault[] {
  const { directives } = fde;
  const { offset, directive } = directives[number]!;
  if (directive.kind === 'advance' || directive.kind === 'nop' || directive.kind === 'raw') return [];
  const replaced = (from: number, by: readonly PlacedDirective[], to: number) => [
    ...directives.slice(0, from),
    ...by,
    ...directives.slice(to),
  ];
  const faults: Fault[] = [{ operator: 'dropped', directives: () => replaced(number, [], number + 1) }];
  const earlier = places.findLast((place) => place < offset);
  if (earlier !== undefined && places.includes(offset)) {
    const moved = () => {
      const at = Math.min(
        number,
        directives.findIndex((placed) => placed.offset > earlier),
      );
      return replaced(at, [{ offset: earlier, directive }, ...directives.slice(at, number)], number + 1);
    };
    faults.push({ operator: 'earlier', directives: moved });
  }
  const later = places.find((place) => place > offset);
  if (later !== undefined && places.includes(offset)) {
    const moved = () => {
      const found = directives.findIndex((placed, i) => i > number && placed.offset >= later);
      const at = found < 0 ? directives.length : found;
      return replaced(number, [...directives.slice(number + 1, at), { offset: later, directive }], at);
    };
    faults.push({ operator: 'later', directives: moved });
  }
  for (const { operator, by } of wrongDirectives(directive, architecture)) {
    const others = by.map((other) => ({ offset, directive: other }));
    faults.push({ operator, directives: () => replaced(number, others, number + 1) });
  }
  return faults;
}
