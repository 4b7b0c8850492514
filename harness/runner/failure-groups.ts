import type { Architecture, FrameBuffer } from '../../engine/index.ts';
import type { Divergence } from '../judge/index.ts';
import type { Stop } from '../stop.ts';
import { readColumn } from '../truth/address.ts';
import type { TrueFrame } from '../truth/frame.ts';
import { divergenceMessage, divergenceName } from './divergence-text.ts';
import type { Explainer } from './explain.ts';
import type { FailureGroup } from './program-result.ts';
import type { RowBook } from './row-book.ts';
import type { StopStatistics } from './stop-statistics.ts';

/** A verdict other than pass at a stop, with what it rests on. */
export interface Failure {
  readonly unwinder: string;
  readonly verdict: 'fail' | 'missing' | 'error';
  /** Undefined for errors. */
  readonly divergence: Divergence | undefined;
  /** What the unwinder threw or answered, for errors. */
  readonly problem: string | undefined;
  readonly stop: Stop;
  readonly frames: FrameBuffer;
  readonly run: number;
}

/** Where verdicts other than pass go. */
export type FailureSink = Pick<FailureGroups, 'add' | 'addProblem'>;

/** Names what differs where a row was judged, not a stop. */
const rowDivergence = 'row';
/** Groups of a program explained at length; reports show only a few. */
const explained = 4;

/** Collects failures by unwinder, verdict, CFI row and divergence, each group with its first stop as the example. */
export class FailureGroups {
  readonly #architecture: Architecture;
  readonly #statistics: StopStatistics;
  readonly #rows: RowBook;
  readonly #explainer: Explainer;
  readonly #groups = new Map<string, FailureGroup>();

  constructor(architecture: Architecture, statistics: StopStatistics, rows: RowBook, explainer: Explainer) {
    this.#architecture = architecture;
    this.#statistics = statistics;
    this.#rows = rows;
    this.#explainer = explainer;
  }

  get groups(): FailureGroup[] {
    return [...this.#groups.values()];
  }

  add(failure: Failure): void {
    const { stop, divergence, run, verdict, unwinder } = failure;
    const from = culprit(stop, divergence);
    const row = from === undefined ? this.#rowOfStop(stop) : this.#statistics.rowOf(from);
    const name = divergence === undefined ? 'exception' : divergenceName(divergence, this.#architecture);
    const group = this.#find(unwinder, verdict, this.#rows.text(row), name);
    if (group !== undefined) {
      group.count++;
      return;
    }
    const message = failure.problem ?? divergenceMessage(divergence!, failure.frames, stop);
    const explanation = this.#groups.size < explained ? this.#explainer.explain(failure, from) : undefined;
    this.#start(unwinder, verdict, this.#rows.text(row), name, {
      run,
      stop: stop.index,
      pc: hex(stop.registers, this.#architecture.pc),
      message,
      ...(explanation !== undefined && { explanation }),
    });
  }

  /** An error of the program as a whole, such as a fault or code that never ran. */
  addProblem(unwinder: string, kind: string, message: string, run: number, stop: number, pc: bigint): void {
    const group = this.#find(unwinder, 'error', '', kind);
    if (group !== undefined) group.count++;
    else this.#start(unwinder, 'error', '', kind, { run, stop, pc: `0x${pc.toString(16)}`, message });
  }

  /** A row that is not what the program's generator knows it must be, at an address nothing executes. */
  addRow(unwinder: string, at: bigint, found: string, expected: string): void {
    const group = this.#find(unwinder, 'fail', found, rowDivergence);
    if (group !== undefined) {
      group.count++;
      return;
    }
    const pc = `0x${at.toString(16)}`;
    const message = `the row at ${pc} is ${found === '' ? 'missing' : found}, expected ${expected}`;
    this.#start(unwinder, 'fail', found, rowDivergence, { run: 0, stop: 0, pc, message });
  }

  #rowOfStop(stop: Stop): number {
    const pc = 2 * this.#architecture.pc;
    return this.#statistics.rowAt(stop.registers[pc]!, stop.registers[pc + 1]!);
  }

  #find(unwinder: string, verdict: string, row: string, divergence: string): FailureGroup | undefined {
    return this.#groups.get(groupKey(unwinder, verdict, row, divergence));
  }

  #start(
    unwinder: string,
    verdict: FailureGroup['verdict'],
    row: string,
    divergence: string,
    example: FailureGroup['example'],
  ): void {
    const group = { unwinder, verdict, row, divergence, count: 1, example };
    this.#groups.set(groupKey(unwinder, verdict, row, divergence), group);
  }
}

/** Identifies a group within a scenario of an architecture. */
export function groupKey(unwinder: string, verdict: string, row: string, divergence: string): string {
  return [unwinder, verdict, row, divergence].join('\0');
}

/** The frame of the truth from which the step went wrong; undefined for the stop's own frame. */
export function culprit(stop: Stop, divergence: Divergence | undefined): TrueFrame | undefined {
  if (divergence === undefined) return undefined;
  const number =
    divergence.kind === 'ending' || divergence.kind === 'signal-frame' ? divergence.frame : divergence.frame - 1;
  let frame = stop.callers;
  for (let i = 1; i < number && frame !== null; i++) frame = frame.behind;
  return number === 0 || frame === null ? undefined : frame;
}

/** The address the failing step looks its row up at: that of the call, or where the frame was interrupted. */
export function lookupAddress(stop: Stop, from: TrueFrame | undefined): bigint {
  const { pc } = stop.architecture;
  if (from === undefined) return readColumn(stop.registers, pc);
  const calls = from.kind === 'caller' || from.kind === 'sentinel';
  return readColumn(from.registers, pc) - (calls ? 1n : 0n);
}

function hex(registers: Uint32Array, column: number): string {
  return `0x${readColumn(registers, column).toString(16)}`;
}
