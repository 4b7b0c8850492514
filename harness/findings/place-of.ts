import type { CfiDirective } from '../../generators/cfi/index.ts';
import type { Evaluator } from './evaluate.ts';
import type { PlaceEvidence } from './evidence.ts';
import type { FunctionCode, PlacedInstruction } from './function-code.ts';

/** When what a directive says is true, and what makes it so. */
interface Cause {
  holds(place: PlaceEvidence): boolean;
  makes(instruction: PlacedInstruction): boolean;
}

/**
 * Where a directive belongs that is found missing at a place of the evidence: behind the instruction that made it true,
 * if what it says has held at all places since. Undefined where none is found.
 */
export function placeOf(
  directive: CfiDirective,
  evaluator: Evaluator,
  code: FunctionCode,
  number: number,
): number | undefined {
  const { places } = evaluator;
  const cause = causeOf(directive, evaluator, code, places[number]!);
  if (cause === undefined) return places[number]!.offset;
  for (let i = number; i >= 0 && cause.holds(places[i]!); i--) {
    const before = code.before(places[i]!.offset);
    if (before !== undefined && cause.makes(before)) return places[i]!.offset;
  }
  return undefined;
}

/** Undefined where the directive is about SP, which is what it is at each place. */
function causeOf(
  directive: CfiDirective,
  { architecture }: Evaluator,
  code: FunctionCode,
  found: PlaceEvidence,
): Cause | undefined {
  const column = (register: number): number => architecture.dwarfToColumn[register] ?? -1;
  switch (directive.kind) {
    case 'offset':
    case 'offsetExtendedSf': {
      const saved = column(directive.register);
      return {
        holds: (place) => place.saved[saved]?.slots.includes(directive.offset) ?? false,
        makes: (one) => code.stores(one, saved),
      };
    }
    case 'expression': {
      const saved = column(directive.register);
      return {
        holds: (place) => (place.saved[saved]?.frameSlots.length ?? 0) > 0,
        makes: (one) => code.stores(one, saved) || code.sets(one, architecture.fp),
      };
    }
    case 'restore':
    case 'sameValue': {
      const saved = column(directive.register);
      return {
        holds: (place) => place.saved[saved]?.registers.includes(saved) ?? false,
        makes: (one) => code.sets(one, saved),
      };
    }
    case 'register': {
      const source = column(directive.source);
      return {
        holds: (place) => place.saved[column(directive.register)]?.registers.includes(source) ?? false,
        makes: (one) => code.sets(one, source),
      };
    }
    case 'defCfa':
    case 'defCfaRegister': {
      const base = column(directive.register);
      const offset = found.cfa.find((one) => one[0] === base)?.[1];
      return {
        holds: (place) => place.cfa.some((one) => one[0] === base && one[1] === offset),
        makes: (one) => code.sets(one, base),
      };
    }
    case 'defCfaExpression':
      return {
        holds: (place) => place.cfaFrameSlots.length > 0,
        makes: (one) => code.isStore(one),
      };
    default:
      return undefined;
  }
}
