import type { Architecture } from './architecture/index.ts';
import { CurrentFrame } from './current-frame.ts';
import type { FrameBuffer } from './frames.ts';
import { Memory } from './memory.ts';
import type { Module } from './module.ts';
import { Row } from './row/row.ts';
import { RowApplier } from './row/row-applier.ts';
import { aarch64Trampoline } from './signal/aarch64.ts';
import { callOfNullPointer } from './signal/null-call.ts';
import type { SignalTrampoline } from './signal/trampoline.ts';
import { x86_64Trampoline } from './signal/x86-64.ts';

/** What a step did: `caller` – one more frame is in the buffer; otherwise why the walk is over (see `Ending`). */
export const Step = { caller: 0, root: 1, noInfo: 2, limit: 3, loop: 4 } as const;

const noMemory = new Memory([]);

/** Goes from frame to frame. One cursor serves any number of walks, and a step allocates nothing. */
export class Cursor {
  readonly #architecture: Architecture;
  readonly #modules: readonly Module[];
  readonly #row: Row;
  readonly #applier: RowApplier;
  readonly #trampoline: SignalTrampoline;
  readonly #frame: CurrentFrame;
  #frames: FrameBuffer | undefined;
  /** Tried first: most frames are in the module of their callee. */
  #lastModule: Module | undefined;

  constructor(architecture: Architecture, modules: readonly Module[]) {
    this.#architecture = architecture;
    this.#modules = modules;
    this.#row = new Row(architecture.columnCount);
    this.#applier = new RowApplier(architecture);
    this.#trampoline = architecture.name === 'aarch64' ? aarch64Trampoline : x86_64Trampoline;
    this.#frame = new CurrentFrame(new Uint32Array(0), new Uint8Array(0), noMemory);
  }

  /** Goes on behind the last frame in `frames`. The mask has the bits of a code address that hold a PAC (AArch64). */
  start(memory: Memory, frames: FrameBuffer, pacMaskLo: number, pacMaskHi: number): void {
    const frame = this.#frame;
    frame.values = frames.values;
    frame.known = frames.known;
    frame.memory = memory;
    frame.pacMaskLo = pacMaskLo;
    frame.pacMaskHi = pacMaskHi;
    this.#frames = frames;
    frames.signal[frames.count - 1] = 0;
  }

  /**
   * Adds the caller of the last frame, marking the last frame where it turns out to be a signal frame. Where the
   * buffer is full nothing is looked up. Throws `UnwindError` where the information for the last frame is unusable.
   */
  step(): number {
    const frames = this.#frames!;
    const { columnCount, pc, sp } = this.#architecture;
    const index = frames.count - 1;
    if (frames.count === frames.capacity) return Step.limit;
    const frame = this.#frame;
    frame.base = index * columnCount;
    const caller = frame.base + columnCount;
    const { values } = frame;
    const pcIndex = 2 * (frame.base + pc);
    const exact = index === 0 || frames.signal[index - 1] === 1;

    if (this.#lookup(values[pcIndex]!, values[pcIndex + 1]!, exact)) {
      if (this.#row.signalFrame) frames.signal[index] = 1;
      if (!this.#applier.apply(this.#row, frame, caller)) return Step.root;
    } else if (exact && values[pcIndex] === 0 && values[pcIndex + 1] === 0) {
      callOfNullPointer(this.#architecture, frame, caller);
    } else if (this.#trampoline.matches(frame)) {
      frames.signal[index] = 1;
      this.#trampoline.restore(frame, caller);
    } else return Step.noInfo;

    const callerPc = 2 * (caller + pc);
    const spIndex = 2 * (frame.base + sp);
    const callerSp = 2 * (caller + sp);
    if (
      values[callerPc] === values[pcIndex] &&
      values[callerPc + 1] === values[pcIndex + 1] &&
      values[callerSp] === values[spIndex] &&
      values[callerSp + 1] === values[spIndex + 1] &&
      this.#sameRow(exact, frames.signal[index] === 1, values[pcIndex]!, values[pcIndex + 1]!)
    ) {
      return Step.loop;
    }
    frames.signal[index + 1] = 0;
    frames.count++;
    return Step.caller;
  }

  /**
   * Whether a frame with the same PC as its caller leads to the same row again. Not so at the first instruction of a
   * function that was called by the instruction before it: that call never returns, and has a row of its own.
   */
  #sameRow(exact: boolean, callerExact: boolean, pcLo: number, pcHi: number): boolean {
    return exact === callerExact || pcLo !== this.#row.startLo || pcHi !== this.#row.startHi;
  }

  /**
   * Finds the row for a PC. A return address may lie behind its function, or behind what the row of the call covers:
   * it is looked up minus one, unless it is where execution was interrupted.
   */
  #lookup(pcLo: number, pcHi: number, exact: boolean): boolean {
    const lo = exact ? pcLo : (pcLo - 1) >>> 0;
    const hi = exact || pcLo !== 0 ? pcHi : (pcHi - 1) >>> 0;
    const last = this.#lastModule;
    if (last?.contains(lo, hi) && last.source.lookup(lo, hi, this.#row)) return true;
    for (const module of this.#modules) {
      if (module !== last && module.contains(lo, hi) && module.source.lookup(lo, hi, this.#row)) {
        this.#lastModule = module;
        return true;
      }
    }
    return false;
  }
}
