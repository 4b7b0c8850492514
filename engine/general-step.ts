import type { Architecture } from './architecture/index.ts';
import { CurrentFrame } from './current-frame.ts';
import { Memory } from './memory.ts';
import { Row } from './row/row.ts';
import { RowApplier } from './row/row-applier.ts';
import { aarch64Trampoline } from './signal/aarch64.ts';
import { callOfNullPointer } from './signal/null-call.ts';
import type { SignalTrampoline } from './signal/trampoline.ts';
import { x86_64Trampoline } from './signal/x86-64.ts';
import { Step } from './step.ts';

const noMemory = new Memory([]);

/** One step over any kind of frame: from the registers in the first half of the frame's buffers to the second half. */
export class GeneralStep {
  readonly frame: CurrentFrame;
  /** The row of the frame, for whoever steps to fill. */
  readonly row: Row;
  readonly applier: RowApplier;
  /** The frame the last step began in is a signal frame. */
  isSignalFrame = false;
  readonly #architecture: Architecture;
  readonly #trampoline: SignalTrampoline;

  constructor(architecture: Architecture) {
    const { columnCount } = architecture;
    this.#architecture = architecture;
    this.row = new Row(columnCount);
    this.applier = new RowApplier(architecture);
    this.#trampoline = architecture.name === 'aarch64' ? aarch64Trampoline : x86_64Trampoline;
    this.frame = new CurrentFrame(new Uint32Array(4 * columnCount), new Uint8Array(2 * columnCount), noMemory);
  }

  /**
   * Computes the caller by `row` or, unless it is `found`, by what other frames without a row look like. `exact` is 1
   * where the PC is not a return address. The current frame stays as it is unless there is a caller, which then replaces
   * it. Throws `UnwindError` where the row or what it needs is unusable.
   */
  step(found: boolean, exact: number): number {
    const { columnCount, pc, sp } = this.#architecture;
    const { frame, row } = this;
    const { values } = frame;
    const pcIndex = 2 * pc;
    this.isSignalFrame = false;

    if (found) {
      if (row.signalFrame) this.isSignalFrame = true;
      if (!this.applier.apply(row, frame, columnCount)) return Step.root;
    } else if (exact === 1 && values[pcIndex] === 0 && values[pcIndex + 1] === 0) {
      callOfNullPointer(this.#architecture, frame, columnCount);
    } else if (this.#trampoline.matches(frame)) {
      this.isSignalFrame = true;
      this.#trampoline.restore(frame, columnCount);
    } else return Step.noInfo;

    const callerPc = 2 * (columnCount + pc);
    const spIndex = 2 * sp;
    const callerSp = 2 * (columnCount + sp);
    if (
      values[callerPc] === values[pcIndex] &&
      values[callerPc + 1] === values[pcIndex + 1] &&
      values[callerSp] === values[spIndex] &&
      values[callerSp + 1] === values[spIndex + 1] &&
      this.#leadsToSameRow(found)
    ) {
      return Step.loop;
    }
    values.copyWithin(0, 2 * columnCount);
    frame.known.copyWithin(0, columnCount);
    return Step.caller;
  }

  /**
   * Whether a frame with the same PC as its caller leads to the same row again. Not so at the first instruction of a
   * function that was called by the instruction before it: that call never returns, and has a row of its own. The row
   * of a return address, which is looked up minus one, begins before it.
   */
  #leadsToSameRow(found: boolean): boolean {
    const { row } = this;
    if (!found || this.isSignalFrame) return true;
    const { values } = this.frame;
    const pcIndex = 2 * this.#architecture.pc;
    return values[pcIndex] !== row.startLo || values[pcIndex + 1] !== row.startHi;
  }
}
