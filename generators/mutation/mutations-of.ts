import type { Architecture } from '../../engine/architecture/index.ts';
import type { Fde, PlacedDirective, ProgramFrames } from '../cfi/index.ts';
import { resolveCie } from '../cfi/resolve-cie.ts';
import { type CfiMutation, directiveText, type MutationOperator } from './mutation.ts';
import { otherRegister, wrongDirectives } from './wrong-directives.ts';

/**
 * Every fault of one directive in the call frame information of a program, in the order of FDEs and, within each, those of
 * its CIE and of its own directives. `instructions`: where instructions start, ascending.
 */
export function mutationsOf(
  { fdes }: ProgramFrames,
  architecture: Architecture,
  instructions: readonly bigint[],
): CfiMutation[] {
  return fdes.flatMap((fde, number) => [
    ...mutationsOfCie(fde, number, architecture),
    ...mutationsOfFde(fde, number, architecture, instructions),
  ]);
}

/** What is wrong is a CIE of the FDE's own. */
function mutationsOfCie(fde: Fde, number: number, architecture: Architecture): CfiMutation[] {
  const { initial, returnColumn } = resolveCie(fde.cie, architecture.name, '.eh_frame');
  const placed = initial.map((directive) => ({ offset: 0, directive }));
  const faults = placed.flatMap(({ directive }, at) =>
    faultsOf(placed, at, [], architecture).map(
      ({ operator, directives }): CfiMutation => ({
        operator,
        fde: number,
        get text() {
          return `${directiveText(directive)} of the CIE: ${operator}`;
        },
        get wrong() {
          return { ...fde, cie: { ...fde.cie, initial: directives().map((one) => one.directive) } };
        },
      }),
    ),
  );
  const other = otherRegister(returnColumn, architecture);
  return [
    ...faults,
    {
      operator: 'return-register',
      fde: number,
      text: `return address in register ${returnColumn} of the CIE: return-register`,
      wrong: { ...fde, cie: { ...fde.cie, initial, returnColumn: other } },
    },
  ];
}

function mutationsOfFde(
  fde: Fde,
  number: number,
  architecture: Architecture,
  instructions: readonly bigint[],
): CfiMutation[] {
  const end = fde.start + BigInt(fde.size);
  const places = instructions.filter((at) => at >= fde.start && at < end).map((at) => Number(at - fde.start));
  return fde.directives.flatMap(({ directive, offset }, at) =>
    faultsOf(fde.directives, at, places, architecture).map(
      ({ operator, directives }): CfiMutation => ({
        operator,
        fde: number,
        get text() {
          return `${directiveText(directive)} at +0x${offset.toString(16)}: ${operator}`;
        },
        get wrong() {
          return { ...fde, directives: directives() };
        },
      }),
    ),
  );
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

/** Of the directive with a number; `places`: offsets it may be moved to. */
function faultsOf(
  directives: readonly PlacedDirective[],
  number: number,
  places: readonly number[],
  architecture: Architecture,
): Fault[] {
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
