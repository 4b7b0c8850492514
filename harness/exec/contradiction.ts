import type { Row } from '../../engine/index.ts';
import type { Failure } from '../runner/failure-groups.ts';
import type { Stop } from '../stop.ts';
import { readColumn } from '../truth/address.ts';
import type { TrueFrame } from '../truth/frame.ts';
import { applyByHand, trueRegisters, type Value } from './row-by-hand.ts';

/**
 * Whether the row that held at a failing step gives what execution showed: `contradicts` – the row itself is wrong,
 * so whoever wrote the CFI is to blame; `agrees` – the row is right, so the engine did not do what it says;
 * `undecided` – the row needs an expression or a value execution does not tell.
 */
export type Contradiction = 'contradicts' | 'agrees' | 'undecided';

/**
 * Evaluates a row by hand, apart from the engine's own way of applying rows, from the true registers of the frame it
 * belongs to: `from`, or the stop's own frame. `row` is undefined where nothing covers the address.
 */
export function contradictionOf(failure: Failure, from: TrueFrame | undefined, row: Row | undefined): Contradiction {
  const { divergence, stop } = failure;
  if (divergence === undefined) return 'undecided';
  const registers = row === undefined ? undefined : applyByHand(row, trueRegisters(stop, from), stop);
  const value = (column: number): Value => registers?.[column] ?? 'undefined';
  const { pc } = stop.architecture;
  if (divergence.kind === 'far') {
    return row === undefined || value(pc) === 'undefined' ? 'agrees' : 'contradicts';
  }
  if (divergence.kind === 'ending') {
    if (stop.ending !== 'root' || row === undefined) return row === undefined ? 'contradicts' : 'undecided';
    return value(pc) === 'undefined' ? 'agrees' : 'contradicts';
  }
  if (divergence.kind === 'signal-frame') {
    if (row === undefined) return 'undecided';
    return row.signalFrame === (divergence.expectedLo === 1) ? 'agrees' : 'contradicts';
  }
  if (row === undefined) return 'contradicts';
  if (divergence.kind === 'register') {
    const expected = (BigInt(divergence.expectedHi) << 32n) | BigInt(divergence.expectedLo);
    return verdictOf(value(divergence.column), expected);
  }
  // The walk stopped here: any register the row gets wrong may have ended it.
  const caller = from === undefined ? stop.callers : from.behind;
  if (caller === null) return 'undecided';
  const verdicts = judgedColumns(stop, caller).map((column) =>
    verdictOf(value(column), readColumn(caller.registers, column)),
  );
  if (verdicts.includes('contradicts')) return 'contradicts';
  return verdicts.includes('undecided') ? 'undecided' : 'agrees';
}

/** The columns of the caller of `from`, or of the stop's own frame, that a row gives wrong. */
export function wrongColumns(stop: Stop, from: TrueFrame | undefined, row: Row): number[] {
  const caller = from === undefined ? stop.callers : from.behind;
  if (caller === null) return [];
  const registers = applyByHand(row, trueRegisters(stop, from), stop);
  return judgedColumns(stop, caller).filter(
    (column) => verdictOf(registers[column]!, readColumn(caller.registers, column)) === 'contradicts',
  );
}

function judgedColumns({ architecture: { pc, sp, calleeSaved } }: Stop, caller: TrueFrame): number[] {
  return [pc, sp, ...calleeSaved].filter((column) => column === pc || column === sp || caller.compared[column] === 1);
}

function verdictOf(value: Value, expected: bigint): Contradiction {
  if (value === 'undecided') return 'undecided';
  return value === expected ? 'agrees' : 'contradicts';
}
