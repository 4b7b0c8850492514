import { branchTargets, isPadding } from './branch-targets.ts';
import { Instruction } from './instruction.ts';
import { RBP, RSP } from './register-writes.ts';
import { columnOfRegister, StackTracker } from './stack-tracker.ts';

/** What DWARF says of a function from an address on, which counts from the function's start. */
export interface DwarfState {
  readonly start: number;
  /** Column that the CFA counts from, -1 where it is computed otherwise; bytes. */
  readonly cfaColumn: number;
  readonly cfaOffset: number;
  /** Columns without a rule, or with the rule that they keep their value, as bits. */
  readonly unsaved: number;
}

const columnOfRsp = columnOfRegister[RSP]!;
const columnOfRbp = columnOfRegister[RBP]!;

const instruction = new Instruction();
const tracker = new StackTracker();

/**
 * Goes through the instructions of a function up to offset `end`, and calls `visit` before each of them with where it
 * begins and ends and what the code before it has pushed and popped. Padding that nothing leads to is left out. Returns
 * where it came to: less than `end` where bytes are no instruction.
 */
export function followCode(
  code: Uint8Array,
  states: readonly DwarfState[],
  end: number,
  visit: (at: number, next: number, state: StackTracker) => void,
): number {
  let row = 0;
  let reached = true;
  let targets: Set<number> | undefined;
  let at = 0;
  tracker.restart();
  while (at < code.length && at < end && instruction.decode(code, at)) {
    const next = at + instruction.size;
    if (!reached) {
      targets ??= branchTargets(code);
      reached = !isPadding(instruction) || targets.has(at);
    }
    // What DWARF says of padding is about the code before it.
    if (reached) {
      while (row + 1 < states.length && states[row + 1]!.start <= at) row++;
      const { cfaColumn, cfaOffset, unsaved } = states[row]!;
      if (cfaColumn === columnOfRsp) tracker.tie(RSP, cfaOffset);
      else if (cfaColumn === columnOfRbp) tracker.tie(RBP, cfaOffset);
      visit(at, next, tracker);
      if (!tracker.step(instruction, unsaved)) {
        tracker.restart();
        reached = false;
      }
    }
    at = next;
  }
  return at;
}
