import { CfaKind, type Ending, type FrameBuffer, type Row, RuleKind, UnwindError } from '../../engine/index.ts';
import type { Stop } from '../stop.ts';
import { applyByHand, cfaByHand, trueRegisters, type Value } from './row-by-hand.ts';

/** Finds the row for an address; throws `UnwindError` where what is there is unusable. */
export type RowLookup = (address: bigint) => Row | undefined;

/** Whether an answer is what the rows say: `undecided` where the evaluation by hand does not reach its end. */
export type Obedience = 'follows' | 'differs' | 'undecided';

/**
 * Walks the rows from a stop, evaluating them apart from the engine, and holds an answer against it: PC, SP and the
 * callee-saved registers of every frame, right or wrong, and the way of ending.
 */
export function obedience(stop: Stop, frames: FrameBuffer, rowAt: RowLookup): Obedience {
  const { pc, sp, calleeSaved } = stop.architecture;
  let registers = trueRegisters(stop, undefined);
  let exact = true;
  for (let frame = 0; ; frame++) {
    const isLast = frame + 1 >= frames.count;
    const endsAs = (ending: Ending): Obedience => (isLast && frames.ending === ending ? 'follows' : 'differs');
    if (frame + 1 === frames.capacity) return endsAs('limit');
    const address = registers[pc]!;
    if (typeof address !== 'bigint') return 'undecided';
    let row: Row | undefined;
    try {
      row = rowAt(exact ? address : BigInt.asUintN(64, address - 1n));
    } catch (error) {
      if (!(error instanceof UnwindError)) throw error;
      return endsAs(error.kind === 'missing' ? 'no-info' : error.kind);
    }
    // Signal trampolines and calls of null pointers have callers without a row.
    if (row === undefined) return isLast ? endsAs('no-info') : 'undecided';
    const next = step(row, registers, stop);
    if (next === 'undecided') return next;
    if (typeof next === 'string') return endsAs(next);
    const calleeExact = exact;
    exact = row.signalFrame;
    const sameRow = calleeExact === exact || address !== startOf(row);
    if (next[pc] === address && next[sp] === registers[sp] && sameRow) return endsAs('loop');
    if (isLast) return 'differs';
    for (const column of [pc, sp, ...calleeSaved]) {
      const expected = next[column] === 'undefined' ? undefined : next[column];
      if (frames.value(frame + 1, column) !== expected) return 'differs';
    }
    registers = next;
  }
}

/** The caller's registers, or how the walk ends at this row. */
function step(row: Row, registers: readonly Value[], stop: Stop): Value[] | Ending | 'undecided' {
  const { pc, sp } = stop.architecture;
  const rule = row.ruleColumn.subarray(0, row.ruleCount).indexOf(row.returnColumn);
  if (rule >= 0 && row.ruleKind[rule] === RuleKind.undefined) return 'root';
  if ((rule < 0 && row.returnColumn === pc) || row.cfaKind === CfaKind.undefined) return 'invalid';
  const cfa = cfaByHand(row, registers, stop);
  const caller = applyByHand(row, registers, stop);
  // Any register that cannot be read ends the walk, and so does a CFA, SP or PC that is lost.
  const bad = [cfa, ...caller].find((value) => value === 'unreadable' || value === 'undecided');
  if (bad !== undefined) return bad;
  return [cfa, caller[sp], caller[pc]].includes('undefined') ? 'unreadable' : caller;
}

const startOf = (row: Row): bigint => (BigInt(row.startHi) << 32n) | BigInt(row.startLo);
