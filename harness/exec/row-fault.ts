import type { FrameBuffer, Row } from '../../engine/index.ts';
import type { Failure } from '../runner/failure-groups.ts';
import type { Stop } from '../stop.ts';
import { readColumn } from '../truth/address.ts';
import type { TrueFrame } from '../truth/frame.ts';
import { type Contradiction, contradictionOf, wrongColumns } from './contradiction.ts';
import { readWord } from './simple-expression.ts';
import { obedience, type RowLookup } from './walk-by-hand.ts';

/**
 * What a failure says of the row its step used. `contradicts`: the row is wrong, and the answer is in every frame what
 * the rows say; `disobeyed`: the row is wrong, but the answer is not what the rows say either; `overwritten`: as
 * `contradicts`, but only the return address is wrong, and it is no longer where the call put it: no row can find it,
 * unless it was kept elsewhere, as it was where the activation returns; `left`: as `contradicts`, in a function that
 * leaves its frame otherwise than by returning. The others as in `Contradiction`.
 */
export type RowFault = Contradiction | 'disobeyed' | 'overwritten' | 'left';

/**
 * Whether `row`, which held for the frame `from` (or the stop's own), is all that is wrong with an answer; undefined
 * where nothing covers the address.
 */
export function rowFaultOf(
  failure: Failure,
  from: TrueFrame | undefined,
  row: Row | undefined,
  rowAt: RowLookup,
): RowFault {
  const { stop, frames } = failure;
  const contradiction = contradictionOf(failure, from, row);
  if (contradiction !== 'contradicts') return contradiction;
  if (!isRightUpTo(stop, frames, from)) return 'undecided';
  const followed = obedience(stop, frames, rowAt);
  if (followed === 'undecided') return followed;
  if (followed === 'differs') return 'disobeyed';
  const wrong = row === undefined ? [] : wrongColumns(stop, from, row);
  const isReturnAddress = wrong.length === 1 && wrong[0] === stop.architecture.pc;
  return isReturnAddress && isOverwritten(stop, from) ? 'overwritten' : 'contradicts';
}

/** Whether the word that the call of a frame pushed is another one now; where calls push none, nobody can tell. */
function isOverwritten({ architecture, memory, callers }: Stop, from: TrueFrame | undefined): boolean {
  const caller = from === undefined ? callers : from.behind;
  if (architecture.link >= 0 || caller === null) return false;
  if (from?.kind === 'interrupted' || (caller.kind !== 'caller' && caller.kind !== 'sentinel')) return false;
  const pushed = readWord(memory, readColumn(caller.registers, architecture.sp) - 8n);
  return pushed !== 'unreadable' && pushed !== readColumn(caller.registers, architecture.pc);
}

/** Whether the answer is the truth in every frame up to `from`: the first divergence need not be the first gap. */
function isRightUpTo(stop: Stop, frames: FrameBuffer, from: TrueFrame | undefined): boolean {
  if (from === undefined) return true;
  const { pc, sp, columnCount } = stop.architecture;
  let number = 1;
  for (let frame = stop.callers; frame !== null; frame = frame.behind, number++) {
    for (let column = 0; column < columnCount; column++) {
      if (column !== pc && column !== sp && frame.compared[column] !== 1) continue;
      if (frames.value(number, column) !== readColumn(frame.registers, column)) return false;
    }
    if (frame === from) return true;
  }
  return false;
}
