import { type DwarfState, followCode } from './follow-code.ts';
import { columnOfRegister, type StackTracker } from './stack-tracker.ts';

/** At some addresses, a register is said to be elsewhere than DWARF says; addresses count from the function's start. */
export interface Claim {
  readonly start: number;
  readonly end: number;
  /**
   * `popped`: the register holds what the slot held that DWARF names. `pushed`: the slot holds what the register, which
   * is the caller's by DWARF, holds.
   */
  readonly kind: 'popped' | 'pushed';
  readonly column: number;
  /** Bytes from the CFA to the slot. */
  readonly offset: number;
}

/**
 * Tells for each claim about a function, which are in ascending order of their starts, whether its code proves it: the
 * instructions that lead to the place in one line pushed or popped (stored or loaded) the register to or from that very
 * slot; nothing has written the register since nor, of a pushed one, the slot, and no direct jump leads in between (to behind
 * a load it may, from where the register is the caller's). It has to hold before each instruction that the claim's
 * addresses touch, but for padding that nothing leads to.
 */
export function proveClaims(code: Uint8Array, states: readonly DwarfState[], claims: readonly Claim[]): boolean[] {
  const proven = claims.map(() => true);
  const last = claims.reduce((most, { end }) => Math.max(most, end), 0);
  let first = 0;
  const came = followCode(code, states, last, (at, next, tracker) => {
    while (first < claims.length && claims[first]!.end <= at) first++;
    for (let i = first; i < claims.length && claims[i]!.start < next; i++) {
      if (claims[i]!.end > at && !holds(claims[i]!, tracker)) proven[i] = false;
    }
  });
  // Bytes that are no instruction end the proof.
  claims.forEach(({ end }, i) => {
    if (end > came) proven[i] = false;
  });
  return proven;
}

function holds({ kind, column, offset }: Claim, tracker: StackTracker): boolean {
  const register = columnOfRegister.indexOf(column);
  return kind === 'popped' ? tracker.isLoaded(register, offset) : tracker.isStored(register, offset);
}
