import type { Architecture, Ending, Memory } from '../../engine/index.ts';
import type { Signal, WalkEnd } from '../../generators/program.ts';
import { plural } from '../../reports/plural.ts';
import type { Emulator } from '../emulator/emulator.ts';
import { frameView } from '../signal/frame-memory.ts';
import type { ProcessorState, SignalKernel } from '../signal/kernel.ts';
import type { DeclaredEnd, Stop } from '../stop.ts';
import { readColumn } from '../truth/address.ts';
import type { CodeMap } from '../truth/code-map.ts';
import type { TrueFrame } from '../truth/frame.ts';
import { InstructionKind } from '../truth/instruction-kind/kind.ts';
import type { ShadowFrame } from '../truth/shadow-frame.ts';
import { ShadowStacks } from '../truth/shadow-stacks.ts';
import type { StackRegion } from '../truth/stack-region.ts';
import { WalkLimits } from '../truth/walk-limits.ts';
import type { ExecutionPhase } from './executor.ts';
import type { RunOutcome } from './outcome.ts';
import type { RunOptions } from './run-options.ts';
import { randomBytes } from './state.ts';

const signalNumber = 10; // SIGUSR1
/** Dead stack that signal delivery overwrites beyond its own frame, as a kernel's scratch use would. */
const overwritten = 512;

/** What a run needs of its executor. */
export interface ExecutionContext {
  readonly architecture: Architecture;
  readonly kernel: SignalKernel;
  readonly emulator: Emulator;
  readonly regions: readonly StackRegion[];
  /** What the program consists of, one after the other; the first is there. */
  readonly phases: readonly ExecutionPhase[];
  enterPhase(phase: ExecutionPhase): void;
  readonly sentinel: bigint;
  readonly walkEnds: readonly WalkEnd[];
}

type Interruption =
  | { readonly kind: 'signal'; readonly signal: Signal }
  | { readonly kind: 'exchange' }
  | { readonly kind: 'system-call'; readonly size: number }
  | { readonly kind: 'end'; readonly outcome: RunOutcome };

/** One run in progress; it is also the stop that is handed out, over and over. */
export class Execution implements Stop {
  readonly architecture: Architecture;
  readonly registers: Uint32Array;
  memory: Memory;
  readonly pacMaskLo: number;
  readonly pacMaskHi: number;
  index = 0;
  callers: TrueFrame | null = null;
  depth = 0;
  ending: Ending = 'root';
  transfer = false;
  deliveries = 0;
  readonly declared: DeclaredEnd | undefined;

  readonly #kernel: SignalKernel;
  readonly #emulator: Emulator;
  /** All of it; the stop's may hide some. */
  #memory: Memory;
  readonly #limits: WalkLimits | undefined;
  readonly #regions: readonly StackRegion[];
  #code: CodeMap;
  readonly #phases: readonly ExecutionPhase[];
  readonly #enterPhase: (phase: ExecutionPhase) => void;
  #phase = 0;
  readonly #sentinelLo: number;
  readonly #sentinelHi: number;
  readonly #options: RunOptions;
  readonly #seed: string;
  readonly #shadow: ShadowStacks;
  /** Signals not delivered yet, with how often their instruction must still be reached. */
  #pending: { readonly signal: Signal; readonly atLo: number; readonly atHi: number; left: number }[];
  #interruption: Interruption | undefined;
  /** Signal frames that are live: their content is part of the truth. */
  #interrupted = 0;
  #lastKind: number = InstructionKind.other;
  /** The instruction that was last let execute. */
  #attemptedLo = 0;
  #attemptedHi = 0;
  #nextLo = 0;
  #nextHi = 0;

  constructor(context: ExecutionContext, options: RunOptions, seed: string) {
    const { architecture, emulator, regions, sentinel } = context;
    this.architecture = architecture;
    this.registers = emulator.registers;
    const [{ memory, code }] = context.phases as readonly [ExecutionPhase];
    this.#phases = context.phases;
    this.#enterPhase = context.enterPhase;
    this.memory = memory;
    this.#memory = memory;
    this.#limits = WalkLimits.of(architecture, context.walkEnds, options.run, context.regions, memory);
    this.declared = this.#limits;
    this.pacMaskLo = emulator.pacMaskLo;
    this.pacMaskHi = emulator.pacMaskHi;
    this.#kernel = context.kernel;
    this.#emulator = emulator;
    this.#regions = regions;
    this.#code = code;
    this.#sentinelLo = Number(sentinel & 0xffff_ffffn);
    this.#sentinelHi = Number(sentinel >> 32n);
    this.#options = options;
    this.#seed = seed;
    this.#shadow = new ShadowStacks(architecture, regions);
    this.#pending = options.run.signals.map((signal) => ({
      signal,
      atLo: Number(signal.at & 0xffff_ffffn),
      atHi: Number((signal.at >> 32n) & 0xffff_ffffn),
      left: signal.occurrence,
    }));
    if (options.run.start === 'call') this.#shadow.sentinel(this.registers, this.#sentinelLo, this.#sentinelHi);
    this.#resumeAtPc();
  }

  execute(): RunOutcome {
    for (;;) {
      this.#interruption = undefined;
      const end = this.#emulator.run((size) => this.#instruction(size));
      const interruption = this.#interruption ?? this.#fault(end.kind === 'fault' ? end.reason : 'stopped');
      if (interruption.kind === 'end') return interruption.outcome;
      if (interruption.kind === 'exchange') this.#exchange();
      else if (interruption.kind === 'signal') this.#deliver(interruption.signal);
      else {
        const outcome = this.#systemCall(interruption.size);
        if (outcome !== undefined) return outcome;
      }
    }
  }

  /** The hook: truth first, then the stop. False ends this stretch of execution before the instruction. */
  #instruction(size: number): boolean {
    const { registers } = this;
    const { pc } = this.architecture;
    const pcLo = registers[2 * pc]!;
    const pcHi = registers[2 * pc + 1]!;
    if (!this.#shadow.follow(registers)) {
      return this.#finish('fault', `SP ${this.#hex(this.architecture.sp)} is in no stack at ${this.#hex(pc)}`);
    }
    if (!this.#arrive(pcLo, pcHi)) return false;
    if (pcLo === this.#sentinelLo && pcHi === this.#sentinelHi) return this.#returnedToSentinel();
    if (this.#exchangeDue(pcLo, pcHi)) {
      this.#interruption = { kind: 'exchange' };
      return false;
    }
    const signal = this.#due(pcLo, pcHi, false);
    if (signal !== undefined) {
      this.#interruption = { kind: 'signal', signal };
      return false;
    }
    if (this.index >= this.#options.limit) {
      return this.#finish('limit', `more than ${plural(this.#options.limit, 'instruction')}`);
    }
    this.#report();
    this.#attemptedLo = pcLo;
    this.#attemptedHi = pcHi;
    this.#lastKind = this.#code.kindAt(pcLo, pcHi);
    const next = pcLo + size;
    this.#nextLo = next >>> 0;
    this.#nextHi = next > 0xffffffff ? (pcHi + 1) >>> 0 : pcHi;
    if (this.#lastKind === InstructionKind.systemCall) {
      this.#interruption = { kind: 'system-call', size };
      return false;
    }
    return true;
  }

  /** Brings the shadow stack up to date with how control came here. */
  #arrive(pcLo: number, pcHi: number): boolean {
    this.transfer = false;
    const isNext = pcLo === this.#nextLo && pcHi === this.#nextHi;
    if (this.#lastKind === InstructionKind.call) {
      this.#shadow.call(this.registers, this.#nextLo, this.#nextHi);
      this.transfer = true;
    } else if (this.#lastKind === InstructionKind.indirect) {
      const returned = this.#shadow.transfer(this.registers);
      if (returned !== null) {
        this.transfer = true;
        const column = this.#changed(returned);
        if (column >= 0) {
          return this.#finish(
            'abi',
            `the function that returned to ${this.#hex(this.architecture.pc)} did not preserve ` +
              `${this.architecture.columnNames[column]}`,
          );
        }
      }
    } else {
      if (isNext) this.#shadow.dropPopped(this.registers);
      // SP may have passed frames by a jump out of them, or by an instruction just before that jump.
      this.#shadow.dropDead(this.registers);
    }
    this.#lastKind = InstructionKind.other;
    this.#nextLo = pcLo;
    this.#nextHi = pcHi;
    return true;
  }

  /** A callee-saved column that differs from what the caller had, or -1. */
  #changed(caller: ShadowFrame): number {
    for (const column of this.architecture.calleeSaved) {
      if (
        caller.registers[2 * column] !== this.registers[2 * column] ||
        caller.registers[2 * column + 1] !== this.registers[2 * column + 1]
      ) {
        return column;
      }
    }
    return -1;
  }

  /** The signal to be delivered at a PC: before its instruction executes, or as it has raised an exception. */
  #due(pcLo: number, pcHi: number, isFault: boolean): Signal | undefined {
    for (const pending of this.#pending) {
      if ((pending.signal.fault ?? false) !== isFault) continue;
      if (pending.atLo !== pcLo || pending.atHi !== pcHi || --pending.left > 0) continue;
      this.#pending = this.#pending.filter((other) => other !== pending);
      return pending.signal;
    }
    return undefined;
  }

  #exchangeDue(pcLo: number, pcHi: number): boolean {
    const at = this.#phases[this.#phase + 1]?.at;
    return at !== undefined && at === ((BigInt(pcHi) << 32n) | BigInt(pcLo));
  }

  /** A library gives way to another one; the instruction at PC comes next all the same. */
  #exchange(): void {
    const phase = this.#phases[++this.#phase]!;
    this.#enterPhase(phase);
    this.memory = phase.memory;
    this.#memory = phase.memory;
    this.#code = phase.code;
    this.#emulator.writeRegisters();
    this.#resumeAtPc();
  }

  #report(): void {
    if (this.#interrupted > 0) this.#refreshInterrupted();
    this.callers = this.#shadow.top;
    this.depth = this.#shadow.depth;
    this.ending = this.#shadow.ending;
    if (this.#limits !== undefined) this.#limit(this.#limits);
    this.#options.onStop(this);
    this.index++;
  }

  /** Applies what the program declares about the end of walks. */
  #limit(limits: WalkLimits): void {
    limits.apply(this.registers, this.callers, this.depth, this.ending);
    this.depth = limits.depth;
    this.ending = limits.endings[0]!;
    this.memory = limits.memory;
  }

  /** A handler may change what sigreturn will load; that is the truth about the interrupted frame. */
  #refreshInterrupted(): void {
    for (let frame = this.#shadow.top; frame !== null; frame = frame.behind) {
      if (frame.kind === 'interrupted') this.#kernel.readRegisters(this.#memory, frame.signalFrame, frame.registers);
    }
  }

  #returnedToSentinel(): boolean {
    if (this.#shadow.top !== null) {
      return this.#finish(
        'abi',
        `returned to the sentinel with SP ${this.#hex(this.architecture.sp)} still in a frame`,
      );
    }
    return this.#finish('finished', '', readColumn(this.registers, 0));
  }

  #finish(outcome: RunOutcome['outcome'], detail: string, exitStatus?: bigint): false {
    this.#interruption = {
      kind: 'end',
      outcome: { outcome, detail, executed: this.index, ...(exitStatus === undefined ? {} : { exitStatus }) },
    };
    return false;
  }

  /** The processor raised an exception. Where a signal is to be delivered at that PC, it is. */
  #fault(reason: string): Interruption {
    const { registers } = this;
    const { pc } = this.architecture;
    const pcLo = registers[2 * pc]!;
    const pcHi = registers[2 * pc + 1]!;
    // An instruction that was fetched is a stop already.
    const attempted = pcLo === this.#attemptedLo && pcHi === this.#attemptedHi;
    const raised = attempted ? this.#due(pcLo, pcHi, true) : undefined;
    if (raised !== undefined) return { kind: 'signal', signal: raised };
    const unfetched = this.#lastKind !== InstructionKind.other || pcLo !== this.#nextLo || pcHi !== this.#nextHi;
    if (unfetched && this.#shadow.follow(registers) && this.#arrive(pcLo, pcHi)) {
      const signal = this.#due(pcLo, pcHi, false);
      if (signal !== undefined) {
        // Nothing executed here, and the hook saw nothing; but this is where the program was interrupted.
        this.#report();
        return { kind: 'signal', signal };
      }
    }
    const detail = `${reason} at ${this.#hex(pc)} after ${plural(this.index, 'instruction')}`;
    return { kind: 'end', outcome: { outcome: 'fault', detail, executed: this.index } };
  }

  #deliver(signal: Signal): void {
    const { registers, architecture } = this;
    const { sp } = architecture;
    const interrupted = Uint32Array.from(registers);
    const own = signal.stack === undefined ? undefined : this.#region(signal.stack);
    const stackPointer =
      own === undefined
        ? readColumn(registers, sp) - BigInt(architecture.redZone)
        : own.stack.start + BigInt(own.stack.size);
    this.#overwriteDeadStack(stackPointer);
    this.#emulator.readVectors();
    const state: ProcessorState = { registers, vectors: this.#emulator.vectors, flags: this.#emulator.readFlags() };
    const delivery = this.#kernel.deliver(state, this.#memory, stackPointer, { ...signal, number: signalNumber });
    this.#shadow.signal(interrupted, registers, signal.trampoline, delivery);
    this.#interrupted++;
    this.deliveries++;
    this.#emulator.writeRegisters();
    this.#resumeAtPc();
  }

  #overwriteDeadStack(stackPointer: bigint): void {
    const length = this.#kernel.frameSpace + overwritten;
    const view = frameView(this.#memory, stackPointer - BigInt(length), length);
    const bytes = randomBytes(`${this.#seed}/signal/${this.index}`, (length + 3) & ~3);
    new Uint8Array(view.buffer, view.byteOffset, length).set(bytes.subarray(0, length));
  }

  #region(name: string): StackRegion {
    const found = this.#regions.find(({ stack }) => stack.name === name);
    if (found === undefined) throw new RangeError(`the program has no stack named ${name}`);
    return found;
  }

  /** Does what the kernel would; returns the outcome where that ends the run. */
  #systemCall(size: number): RunOutcome | undefined {
    const { registers, architecture } = this;
    const { systemCalls, numberColumn, argumentColumns } = this.#kernel;
    const number = Number(readColumn(registers, numberColumn) & 0xffff_ffffn);
    if (number === systemCalls.exit || number === systemCalls.exitGroup) {
      const exitStatus = readColumn(registers, argumentColumns[0]!);
      return { outcome: 'finished', detail: '', executed: this.index, exitStatus };
    }
    if (number === systemCalls.signalReturn && this.#shadow.inTrampoline) {
      this.#signalReturn();
      return undefined;
    }
    const detail = `system call ${number} at ${this.#hex(architecture.pc)} (${size} bytes)`;
    return { outcome: 'system-call', detail, executed: this.index };
  }

  #signalReturn(): void {
    const { registers } = this;
    const state: ProcessorState = { registers, vectors: this.#emulator.vectors, flags: 0n };
    this.#emulator.readVectors();
    this.#kernel.readState(this.#memory, this.#kernel.frameOfTrampoline(registers), state);
    this.#shadow.signalReturn(registers);
    this.#interrupted--;
    this.#emulator.writeRegisters();
    this.#emulator.writeVectors();
    this.#emulator.writeFlags(state.flags);
    this.#resumeAtPc();
  }

  /** The next instruction is the one at PC, reached neither by a call nor by a jump. */
  #resumeAtPc(): void {
    const { pc } = this.architecture;
    this.#lastKind = InstructionKind.other;
    this.#nextLo = this.registers[2 * pc]!;
    this.#nextHi = this.registers[2 * pc + 1]!;
  }

  #hex(column: number): string {
    return `0x${readColumn(this.registers, column).toString(16)}`;
  }
}
