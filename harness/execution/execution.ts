import { type Architecture, type Ending, Memory } from '../../engine/index.ts';
import type { Signal, WalkEnd } from '../../generators/program.ts';
import { plural } from '../../reports/plural.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { SignalKernel } from '../signal/kernel.ts';
import type { DeclaredEnd, Stop } from '../stop.ts';
import { type CallArguments, type CallResult, unsupported } from '../system/call.ts';
import type { Linux } from '../system/linux.ts';
import type { AlternateStack } from '../system/signals.ts';
import { readColumn } from '../truth/address.ts';
import type { CodeMap } from '../truth/code-map.ts';
import type { TrueFrame } from '../truth/frame.ts';
import { InstructionKind } from '../truth/instruction-kind/kind.ts';
import { ShadowStacks } from '../truth/shadow-stacks.ts';
import type { StackRegion } from '../truth/stack-region.ts';
import { WalkLimits } from '../truth/walk-limits.ts';
import { ControlFlow } from './control-flow.ts';
import { DeclaredSignals } from './declared-signals.ts';
import type { ExecutionPhase } from './executor.ts';
import type { RunOutcome } from './outcome.ts';
import { PeriodicCounter } from './periodic-signal.ts';
import type { RunOptions } from './run-options.ts';
import { type DeliverableSignal, SignalDelivery } from './signal-delivery.ts';
import { alternateRegion, callOf, describeCall, readCounter, returnFromCall } from './system-calls.ts';

const SIGUSR1 = 10;
const SIGPROF = 27;
/** `si_code` of what the kernel sends. */
const SI_KERNEL = 0x80;

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
  /** Absent where programs can do nothing but exit. */
  readonly linux?: Linux | undefined;
  /** Code that makes the rt_sigreturn system call, for handlers of the program that say nothing else. */
  readonly trampoline?: bigint | undefined;
}

type Interruption =
  | { readonly kind: 'signal'; readonly signal: Signal }
  | { readonly kind: 'exchange' | 'periodic' }
  | { readonly kind: 'system-call' | 'timestamp'; readonly size: number }
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
  readonly #shadow: ShadowStacks;
  readonly #flow: ControlFlow;
  readonly #signals: DeclaredSignals;
  #interruption: Interruption | undefined;
  readonly #delivery: SignalDelivery;
  readonly #linux: Linux | undefined;
  /** The kernel's own code that handlers return to. */
  readonly #trampoline: bigint | undefined;
  /** Of the stacks of all stops so far. */
  #frames = 0;
  #memoryChanges = 0;
  #alternate: AlternateStack | undefined;
  readonly #counter: PeriodicCounter | undefined;

  constructor(context: ExecutionContext, options: RunOptions, seed: string) {
    const { architecture, emulator, regions, sentinel } = context;
    this.architecture = architecture;
    this.registers = emulator.registers;
    const [{ code, functions }] = context.phases as readonly [ExecutionPhase];
    const memory = memoryOf(context.phases[0]!, context.linux);
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
    this.#shadow = new ShadowStacks(architecture, regions, functions);
    this.#flow = new ControlFlow(architecture, emulator.registers, this.#shadow);
    this.#signals = new DeclaredSignals(options.run.signals);
    this.#delivery = new SignalDelivery({
      architecture,
      kernel: context.kernel,
      emulator,
      shadow: this.#shadow,
      seed,
      linux: context.linux,
    });
    this.#linux = context.linux;
    this.#trampoline = context.trampoline;
    this.#memoryChanges = context.linux?.memory.changes ?? 0;
    this.#counter = options.periodic === undefined ? undefined : new PeriodicCounter(options.periodic);
    if (options.run.start === 'call') this.#shadow.sentinel(this.registers, this.#sentinelLo, this.#sentinelHi);
    this.#resumeAtPc();
  }

  execute(): RunOutcome {
    for (;;) {
      this.#interruption = undefined;
      const end = this.#emulator.run((size) => this.#instruction(size));
      const interruption = this.#interruption ?? this.#fault(end.kind === 'fault' ? end.reason : 'stopped');
      if (interruption.kind === 'end') return interruption.outcome;
      const outcome = this.#handle(interruption);
      if (outcome !== undefined) return outcome;
    }
  }

  #handle(interruption: Exclude<Interruption, { readonly kind: 'end' }>): RunOutcome | undefined {
    switch (interruption.kind) {
      case 'exchange':
        return this.#exchange();
      case 'signal':
        return this.#deliver(interruption.signal);
      case 'periodic':
        return this.#deliverPeriodic();
      case 'timestamp':
        return this.#readCounter(interruption.size);
      default:
        return this.#systemCall(interruption.size);
    }
  }

  /** The hook: truth first, then the stop. False ends this stretch of execution before the instruction. */
  #instruction(size: number): boolean {
    const { registers } = this;
    const { pc } = this.architecture;
    const pcLo = registers[2 * pc]!;
    const pcHi = registers[2 * pc + 1]!;
    if (!this.#shadow.follow(registers)) {
      const where = `SP ${this.#hex(this.architecture.sp)} is in no stack that is known, at ${this.#hex(pc)}`;
      return this.#finish('fault', `${where}: stacks a program makes for itself are not followed`);
    }
    const kind = this.#code.kindAt(pcLo, pcHi);
    if (!this.#arrive(kind, pcLo, pcHi)) return false;
    if (pcLo === this.#sentinelLo && pcHi === this.#sentinelHi) return this.#returnedToSentinel();
    if (this.#exchangeDue(pcLo, pcHi)) {
      this.#interruption = { kind: 'exchange' };
      return false;
    }
    const signal = this.#signals.due(pcLo, pcHi, false);
    if (signal !== undefined) {
      this.#interruption = { kind: 'signal', signal };
      return false;
    }
    if (this.#counter?.isDue() === true) {
      this.#interruption = { kind: 'periodic' };
      return false;
    }
    if (this.index >= this.#options.limit) {
      return this.#finish('limit', `more than ${plural(this.#options.limit, 'instruction')}`);
    }
    const { frameLimit } = this.#options;
    if (frameLimit !== undefined && this.#frames > frameLimit) {
      return this.#finish('limit', `stacks of more than ${plural(frameLimit, 'frame')} in all`);
    }
    this.#report();
    this.#counter?.step();
    this.#flow.attempt(kind, pcLo, pcHi, size);
    if (kind === InstructionKind.systemCall) {
      this.#interruption = { kind: 'system-call', size };
      return false;
    }
    if (kind === InstructionKind.timestamp && this.#linux !== undefined) {
      this.#interruption = { kind: 'timestamp', size };
      return false;
    }
    return true;
  }

  /** Brings the shadow stack up to date with how control came here. */
  #arrive(kind: number, pcLo: number, pcHi: number): boolean {
    const changed = this.#flow.arrive(kind, pcLo, pcHi);
    this.transfer = this.#flow.isTransfer;
    if (changed < 0) return true;
    const { columnNames, pc } = this.architecture;
    const detail = `the function that returned to ${this.#hex(pc)} did not preserve ${columnNames[changed]}`;
    return this.#finish('abi', detail);
  }

  #exchangeDue(pcLo: number, pcHi: number): boolean {
    const at = this.#phases[this.#phase + 1]?.at;
    return at !== undefined && at === ((BigInt(pcHi) << 32n) | BigInt(pcLo));
  }

  /** A library gives way to another one; the instruction at PC comes next all the same. */
  #exchange(): undefined {
    const phase = this.#phases[++this.#phase]!;
    this.#enterPhase(phase);
    this.memory = phase.memory;
    this.#memory = phase.memory;
    this.#code = phase.code;
    this.#shadow.functions = phase.functions;
    this.#emulator.writeRegisters();
    this.#resumeAtPc();
  }

  #report(): void {
    this.#delivery.refresh(this.#memory);
    this.callers = this.#shadow.top;
    this.depth = this.#shadow.depth;
    this.ending = this.#shadow.ending;
    if (this.#limits !== undefined) this.#limit(this.#limits);
    this.#frames += this.depth;
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
    this.#interruption = { kind: 'end', outcome: this.#outcome(outcome, detail, exitStatus) };
    return false;
  }

  #outcome(outcome: RunOutcome['outcome'], detail: string, exitStatus?: bigint): RunOutcome {
    return { outcome, detail, executed: this.index, ...(exitStatus === undefined ? {} : { exitStatus }) };
  }

  /** The processor raised an exception. Where a signal is to be delivered at that PC, it is. */
  #fault(reason: string): Interruption {
    const { registers } = this;
    const { pc } = this.architecture;
    const pcLo = registers[2 * pc]!;
    const pcHi = registers[2 * pc + 1]!;
    // An instruction that was fetched is a stop already.
    const raised = this.#flow.isAttempted(pcLo, pcHi) ? this.#signals.due(pcLo, pcHi, true) : undefined;
    if (raised !== undefined) return { kind: 'signal', signal: raised };
    if (
      this.#flow.isUnseen(pcLo, pcHi) &&
      this.#shadow.follow(registers) &&
      this.#arrive(InstructionKind.other, pcLo, pcHi)
    ) {
      const signal = this.#signals.due(pcLo, pcHi, false);
      if (signal !== undefined) {
        // Nothing executed here, and the hook saw nothing; but this is where the program was interrupted.
        this.#report();
        return { kind: 'signal', signal };
      }
    }
    const detail = `${reason} at ${this.#hex(pc)} after ${plural(this.index, 'instruction')}`;
    return { kind: 'end', outcome: this.#outcome('fault', detail) };
  }

  /** A signal the run declares. */
  #deliver(signal: Signal): RunOutcome | undefined {
    const { handler, trampoline, stack } = signal;
    const region = stack === undefined ? undefined : this.#region(stack);
    return this.#interrupt({ number: SIGUSR1, handler, trampoline, region });
  }

  /** The signal that comes again and again. */
  #deliverPeriodic(): RunOutcome | undefined {
    const { handler, trampoline, stack } = this.#options.periodic!;
    const region = stack === undefined ? undefined : this.#region(stack);
    const mask = this.#linux?.signals.mask ?? 0n;
    const signal = { number: SIGPROF, handler, trampoline, region, own: { code: SI_KERNEL, mask } };
    return this.#interrupt(signal, (frame) => this.#counter!.delivered(frame));
  }

  /** Signals the program sent itself and does not block: one interrupts the other's handler at its first instruction. */
  #deliverCaught(): RunOutcome | undefined {
    const { signals } = this.#linux!;
    for (let signal = signals.next(); signal !== undefined; signal = signals.next()) {
      const { number } = signal;
      if (signal.kind === 'deadly')
        return this.#outcome('fault', `ended by signal ${number} at ${this.#hex(this.architecture.pc)}`);
      const { handler, code, mask } = signal;
      const trampoline = signal.restorer ?? this.#trampoline;
      if (trampoline === undefined) {
        return this.#outcome('fault', `signal ${number} has a handler, but nowhere for it to return to (SA_RESTORER)`);
      }
      const region = signal.onAlternateStack && !this.#linux!.isOnAlternateStack() ? this.#shadow.alternate : undefined;
      const outcome = this.#interrupt({ number, handler, trampoline, region, own: { code, mask } });
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  }

  #interrupt(signal: DeliverableSignal, onFrame?: (frame: bigint) => void): RunOutcome | undefined {
    const frame = this.#delivery.deliver(signal, this.#memory, this.index);
    if (frame === undefined) {
      return this.#outcome('fault', `no room for a signal frame below SP ${this.#hex(this.architecture.sp)}`);
    }
    onFrame?.(frame);
    this.deliveries++;
    this.#resumeAtPc();
    return undefined;
  }

  #region(name: string): StackRegion {
    const found = this.#regions.find(({ stack }) => stack.name === name);
    if (found === undefined) throw new RangeError(`the program has no stack named ${name}`);
    return found;
  }

  /** Does what the kernel would; returns the outcome where that ends the run. */
  #systemCall(size: number): RunOutcome | undefined {
    const call = callOf(this.#kernel, this.registers);
    const result = this.#linux?.call(call.number, call.arguments) ?? this.#bareCall(call.number, call.arguments);
    if (typeof result === 'bigint') {
      returnFromCall(this.architecture, this.#kernel, this.#emulator, size, result);
      this.#resumeAtPc();
      this.#afterCall();
      return this.#deliverCaught();
    }
    if (result.kind === 'exit') return this.#outcome('finished', '', result.status);
    if (result.kind === 'signal-return' && this.#shadow.inTrampoline) return this.#signalReturn();
    const why = result.kind === 'unsupported' ? result.reason : 'no signal handler returned to it';
    const what = this.#linux === undefined ? `system call ${call.number}` : describeCall(this.#linux, call);
    return this.#outcome('system-call', `${what} at ${this.#hex(this.architecture.pc)}: ${why}`);
  }

  /** What there is without a system: the calls every program ends with. */
  #bareCall(number: number, [status]: CallArguments): CallResult {
    const { exit, exitGroup, signalReturn } = this.#kernel.systemCalls;
    if (number === exit || number === exitGroup) return { kind: 'exit', status };
    return number === signalReturn ? { kind: 'signal-return' } : unsupported('the program has no system');
  }

  #signalReturn(): RunOutcome | undefined {
    const returned = this.#delivery.return(this.#memory);
    if (returned === undefined) {
      return this.#outcome('fault', `the signal frame cannot be read at ${this.#hex(this.architecture.pc)}`);
    }
    const { frame, mask } = returned;
    this.#counter?.returned(frame);
    this.#resumeAtPc();
    if (this.#linux === undefined) return undefined;
    this.#linux.signals.setMask(mask);
    return this.#deliverCaught();
  }

  /** A system call may have changed what memory there is, and where signals are handled. */
  #afterCall(): void {
    const linux = this.#linux!;
    if (linux.memory.changes !== this.#memoryChanges) {
      this.#memoryChanges = linux.memory.changes;
      this.#memory = memoryOf(this.#phases[this.#phase]!, linux);
      this.memory = this.#memory;
    }
    const { alternate } = linux.signals;
    if (alternate === this.#alternate) return;
    this.#alternate = alternate;
    this.#shadow.alternate = alternate && alternateRegion(this.architecture, linux.memory, alternate);
  }

  #readCounter(size: number): undefined {
    const { architecture } = this;
    const { memory, clock } = this.#linux!;
    const code = memory.read(readColumn(this.registers, architecture.pc), size) ?? new Uint8Array(size);
    readCounter(architecture, this.#emulator, code, clock.readTicks());
    this.#resumeAtPc();
  }

  /** What comes next is neither called nor jumped to. */
  #resumeAtPc(): void {
    const { pc } = this.architecture;
    this.#flow.resume(this.registers[2 * pc]!, this.registers[2 * pc + 1]!);
  }

  #hex(column: number): string {
    return `0x${readColumn(this.registers, column).toString(16)}`;
  }
}

/** What the image consists of, the stacks, and what system calls have given the program. */
function memoryOf({ memory }: ExecutionPhase, linux: Linux | undefined): Memory {
  const given = linux?.memory.windows() ?? [];
  return given.length === 0 ? memory : new Memory([...memory.windows, ...given]);
}
