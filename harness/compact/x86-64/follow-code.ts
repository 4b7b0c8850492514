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
  const targets = branchTargets(code);
  let at = 0;
  tracker.restart();
  while (at < code.length && at < end && instruction.decode(code, at)) {
    const next = at + instruction.size;
    const sources = targets.get(at);
    reached ||= !isPadding(instruction) || sources !== undefined;
    // What DWARF says of padding is about the code before it.
    if (reached) {
      const before = states[row]!.unsaved;
      while (row + 1 < states.length && states[row + 1]!.start <= at) row++;
      const { cfaColumn, cfaOffset, unsaved } = states[row]!;
      tracker.release(unsaved & ~before);
      if (sources !== undefined) tracker.join(unsavedAtAll(states, sources));
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

/** Columns, as bits, that are without a rule wherever the jumps are. */
function unsavedAtAll(states: readonly DwarfState[], jumps: readonly number[]): number {
  return jumps.reduce((bits, at) => bits & states[lastBy(states, at)]!.unsaved, -1);
}

/** The last state that begins by an offset; the first one where none does. */
function lastBy(states: readonly DwarfState[], at: number): number {
  let from = 1;
  let to = states.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (states[middle]!.start <= at) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}
