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
        text: `${directiveText(placed.directive)} at +0x${placed.offset.toString(16)}: ${operator}`,
        wrong: { ...fde, directives },
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
  readonly directives: readonly PlacedDirective[];
}

function faultsOf(fde: Fde, number: number, places: readonly number[], architecture: Architecture): Fault[] {
  const { directives } = fde;
  const { offset, directive } = directives[number]!;
  if (directive.kind === 'advance' || directive.kind === 'nop' || directive.kind === 'raw') return [];
  const before = directives.slice(0, number);
  const behind = directives.slice(number + 1);
  const faults: Fault[] = [{ operator: 'dropped', directives: [...before, ...behind] }];
  const earlier = places.findLast((place) => place < offset);
  if (earlier !== undefined && places.includes(offset)) {
    const split = before.findIndex((placed) => placed.offset > earlier);
    const cut = split < 0 ? before.length : split;
    const moved = [...before.slice(0, cut), { offset: earlier, directive }, ...before.slice(cut), ...behind];
    faults.push({ operator: 'earlier', directives: moved });
  }
  const later = places.find((place) => place > offset);
  if (later !== undefined && places.includes(offset)) {
    const split = behind.findIndex((placed) => placed.offset >= later);
    const cut = split < 0 ? behind.length : split;
    const moved = [...before, ...behind.slice(0, cut), { offset: later, directive }, ...behind.slice(cut)];
    faults.push({ operator: 'later', directives: moved });
  }
  for (const { operator, by } of wrongDirectives(directive, architecture)) {
    const replaced = [...before, ...by.map((other) => ({ offset, directive: other })), ...behind];
    faults.push({ operator, directives: replaced });
  }
  return faults;
}
