import { branchTargets, isPadding } from './branch-targets.ts';
import { Instruction } from './instruction.ts';
import { RBP, RSP } from './register-writes.ts';
import { columnOfRegister, StackTracker } from './stack-tracker.ts';

/** What DWARF says of a function, row by row; addresses count from its start. */
export interface FunctionDwarf {
  readonly rows: readonly {
    readonly start: number;
    /** Column that the CFA counts from, -1 where it is computed otherwise; bytes. */
    readonly cfaColumn: number;
    readonly cfaOffset: number;
    /** Columns without a rule, or with the rule that they keep their value, as bits. */
    readonly unsaved: number;
  }[];
}

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

const columnOfRsp = columnOfRegister[RSP]!;
const columnOfRbp = columnOfRegister[RBP]!;

const instruction = new Instruction();
const tracker = new StackTracker();

/**
 * Tells for each claim about a function, which are in ascending order of their starts, whether its code proves it: the
 * instructions that lead to the place in one line pushed or popped (stored or loaded) the register to or from that very
 * slot, and nothing has changed either since. It has to hold before each instruction that the claim's addresses touch,
 * but for padding that nothing leads to.
 */
export function proveClaims(code: Uint8Array, { rows }: FunctionDwarf, claims: readonly Claim[]): boolean[] {
  const proven = claims.map(() => true);
  let row = 0;
  let first = 0;
  let at = 0;
  let last = 0;
  let reached = true;
  let targets: Set<number> | undefined;
  for (const { end } of claims) if (end > last) last = end;
  tracker.restart();
  while (at < code.length && at < last) {
    while (row + 1 < rows.length && rows[row + 1]!.start <= at) row++;
    if (!instruction.decode(code, at)) break;
    const next = at + instruction.size;
    if (!reached) {
      targets ??= branchTargets(code);
      reached = !isPadding(instruction) || targets.has(at);
    }
    const { cfaColumn, cfaOffset, unsaved } = rows[row]!;
    // What DWARF says of padding is about the code before it.
    if (!reached) {
      at = next;
      continue;
    }
    if (cfaColumn === columnOfRsp) tracker.tie(RSP, cfaOffset);
    else if (cfaColumn === columnOfRbp) tracker.tie(RBP, cfaOffset);
    while (first < claims.length && claims[first]!.end <= at) first++;
    for (let i = first; i < claims.length && claims[i]!.start < next; i++) {
      if (claims[i]!.end > at && !holds(claims[i]!)) proven[i] = false;
    }
    if (!tracker.step(instruction, unsaved)) {
      tracker.restart();
      reached = false;
    }
    at = next;
  }
  // Code that is none ends the proof.
  claims.forEach(({ end }, i) => {
    if (end > at) proven[i] = false;
  });
  return proven;
}

function holds({ kind, column, offset }: Claim): boolean {
  const register = columnOfRegister.indexOf(column);
  return kind === 'popped' ? tracker.isLoaded(register, offset) : tracker.isStored(register, offset);
}
