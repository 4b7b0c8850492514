import {
  type Architecture,
  FrameBuffer,
  Memory,
  MemoryWindow,
  type Module,
  Row,
  UnwindError,
  Walker,
} from '../../engine/index.ts';
import { Random } from '../../generators/random.ts';
import { dwarfState } from './dwarf-state.ts';
import type { FunctionRanges } from './function-ranges.ts';
import { type DwarfState, followCode } from './x86-64/follow-code.ts';
import { columnOfRegister, type StackTracker } from './x86-64/stack-tracker.ts';

export interface StepCheckOptions {
  /** The same file twice: as it was, and with other unwind sections. */
  readonly original: Module;
  readonly emitted: Module;
  readonly functions: FunctionRanges;
  /** What addresses of functions count from. */
  readonly base: bigint;
  readonly code: (address: bigint, size: number) => Uint8Array | undefined;
  /** Most functions to check, evenly spread over the file. */
  readonly sample: number;
  readonly seed: string;
  readonly onProgress?: (done: number, of: number) => void;
}

export interface StepCheck {
  readonly functions: number;
  /** PCs at which instructions begin: one step from each was compared. */
  readonly steps: number;
  /** Of these, steps that went to a caller. */
  readonly toCaller: number;
  readonly differences: readonly StepDifference[];
  readonly different: number;
}

export interface StepDifference {
  readonly pc: bigint;
  /** What the step from the original came to and what that from the other did. */
  readonly original: string;
  readonly emitted: string;
}

const mostDifferences = 5;
/** The stack: on x86-64 what frames save lies near their CFA, on AArch64 at the other end of the frame. */
const stackStart = 0x7ffd_1000_0000n;
const stackBytes = 0x4_1000;
const cfaPlace = 0x4_0000;
const instructionSize = 4;

/**
 * Steps to the caller from every PC of some functions, once with each of two modules, and compares all registers. Registers
 * and stack are random, but as the code leaves them: what it has pushed or popped on the way to a PC is in the register
 * and in the stack, and what DWARF counts the CFA from leads to the stack.
 */
export function checkSteps(options: StepCheckOptions): StepCheck {
  return new StepChecker(options).run();
}

class StepChecker {
  readonly #options: StepCheckOptions;
  readonly #architecture: Architecture;
  readonly #random: Random;
  readonly #stack = new Uint8Array(stackBytes);
  readonly #view = new DataView(this.#stack.buffer);
  readonly #memory = new Memory([new MemoryWindow(stackStart, this.#stack)]);
  readonly #registers: Uint32Array;
  readonly #walkers: readonly [Walker, Walker];
  readonly #frames: readonly [FrameBuffer, FrameBuffer];
  readonly #row: Row;
  readonly #differences: StepDifference[] = [];
  #different = 0;
  #steps = 0;
  #toCaller = 0;

  constructor(options: StepCheckOptions) {
    const { original, emitted, seed } = options;
    const { architecture } = original;
    this.#options = options;
    this.#architecture = architecture;
    this.#random = new Random(seed);
    this.#registers = new Uint32Array(2 * architecture.columnCount);
    this.#walkers = [new Walker(architecture, [original]), new Walker(architecture, [emitted])];
    this.#frames = [new FrameBuffer(architecture, 2), new FrameBuffer(architecture, 2)];
    this.#row = new Row(architecture.columnCount);
  }

  run(): StepCheck {
    const { functions, sample, onProgress } = this.#options;
    const count = Math.min(sample, functions.count);
    for (let i = 0; i < stackBytes; i += 4) this.#view.setUint32(i, this.#random.u32(), true);
    for (let i = 0; i < count; i++) {
      this.#checkFunction(Math.floor((i * functions.count) / count));
      if (i % 256 === 0) onProgress?.(i, count);
    }
    return {
      functions: count,
      steps: this.#steps,
      toCaller: this.#toCaller,
      different: this.#different,
      differences: this.#differences,
    };
  }

  #checkFunction(index: number): void {
    const { functions, base, code } = this.#options;
    const start = BigInt.asUintN(64, base + BigInt(functions.start[index]!));
    const size = functions.end[index]! - functions.start[index]!;
    const states = this.#statesOf(start, size);
    const bytes = code(start, size);
    if (states.length === 0 || bytes === undefined) return;
    if (this.#architecture.name !== 'x86-64') {
      let state = 0;
      for (let at = 0; at < size; at += instructionSize) {
        while (state + 1 < states.length && states[state + 1]!.start <= at) state++;
        this.#checkPc(start + BigInt(at), states[state]!, undefined);
      }
      return;
    }
    let state = 0;
    followCode(bytes, states, size, (at, _next, tracker) => {
      while (state + 1 < states.length && states[state + 1]!.start <= at) state++;
      this.#checkPc(start + BigInt(at), states[state]!, tracker);
    });
  }

  /** What DWARF says from where to where. */
  #statesOf(start: bigint, size: number): DwarfState[] {
    const row = this.#row;
    const states: DwarfState[] = [];
    try {
      for (let at = 0; at < size; ) {
        const pc = start + BigInt(at);
        if (!this.#options.original.source.lookup(Number(pc & 0xffffffffn), Number(pc >> 32n), row)) break;
        states.push(dwarfState(at, row));
        at = Number(((BigInt(row.endHi) << 32n) | BigInt(row.endLo)) - start);
      }
    } catch (error) {
      if (!(error instanceof UnwindError)) throw error;
    }
    return states;
  }

  #checkPc(pc: bigint, state: DwarfState, tracker: StackTracker | undefined): void {
    this.#seed(pc, state, tracker);
    const [original, emitted] = this.#frames;
    this.#walk(0);
    this.#walk(1);
    this.#steps++;
    if (original.count === 2) this.#toCaller++;
    if (this.#isSame(original, emitted)) return;
    this.#different++;
    if (this.#differences.length < mostDifferences) {
      this.#differences.push({ pc, original: this.#text(original), emitted: this.#text(emitted) });
    }
  }

  #seed(pc: bigint, { cfaColumn, cfaOffset }: DwarfState, tracker: StackTracker | undefined): void {
    const registers = this.#registers;
    for (let i = 0; i < registers.length; i++) registers[i] = this.#random.u32();
    const cfa = stackStart + BigInt(cfaPlace);
    const set = (column: number, value: bigint) => {
      registers[2 * column] = Number(value & 0xffffffffn);
      registers[2 * column + 1] = Number(value >> 32n);
    };
    set(this.#architecture.sp, cfa - 0x800n);
    if (cfaColumn >= 0) set(cfaColumn, BigInt.asUintN(64, cfa - BigInt(cfaOffset)));
    set(this.#architecture.pc, pc);
    if (tracker === undefined) return;
    columnOfRegister.forEach((column, register) => {
      if (column === cfaColumn) {
        // Its value is given: what it was loaded from is not seen by both at once.
        this.#store(tracker.storedAt(register), column);
        return;
      }
      this.#store(tracker.loadedFrom(register), column);
      this.#store(tracker.storedAt(register), column);
    });
  }

  /** Puts what a register holds at a position from the CFA. */
  #store(position: number, column: number): void {
    const at = cfaPlace + position;
    if (!(at >= 0 && at + 8 <= stackBytes)) return;
    this.#view.setUint32(at, this.#registers[2 * column]!, true);
    this.#view.setUint32(at + 4, this.#registers[2 * column + 1]!, true);
  }

  #walk(which: 0 | 1): void {
    const frames = this.#frames[which];
    frames.start(this.#registers);
    this.#walkers[which].walk(this.#memory, frames);
  }

  #isSame(a: FrameBuffer, b: FrameBuffer): boolean {
    if (a.count !== b.count || a.ending !== b.ending || a.signal[0] !== b.signal[0]) return false;
    if (a.count === 1) return true;
    const { columnCount } = this.#architecture;
    for (let column = columnCount; column < 2 * columnCount; column++) {
      if (a.known[column] !== b.known[column]) return false;
      if (a.known[column] === 0) continue;
      if (a.values[2 * column] !== b.values[2 * column] || a.values[2 * column + 1] !== b.values[2 * column + 1]) {
        return false;
      }
    }
    return true;
  }

  #text(frames: FrameBuffer): string {
    if (frames.count === 1) return frames.error?.message ?? frames.ending;
    const { columnNames, general, pc } = this.#architecture;
    return [...general, pc]
      .map((column) => `${columnNames[column]}=${frames.value(1, column)?.toString(16) ?? '?'}`)
      .join(' ');
  }
}
