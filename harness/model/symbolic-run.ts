import type { Architecture } from '../../engine/architecture/index.ts';
import type { Stop } from '../stop.ts';
import type { TrueFrame } from '../truth/frame.ts';
import type { Effect, Flow, MemoryPlace, Place } from './flow/flow.ts';
import { type Bytes, bytesOf, SymbolicMemory } from './memory.ts';
import { deliverSignal, interruptedRegisters } from './signal.ts';
import { bitsOf, constant, known, Symbols, type Value } from './value.ts';

/** The model and the execution contradict each other: one of them is wrong. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}

/** What an instruction is about to do. */
interface Pending {
  readonly effect: Effect;
  readonly results: readonly { readonly flow: Flow; readonly sources: readonly (Value | undefined)[]; at: bigint }[];
  /** Signal frame of the trampoline the instruction is in. */
  readonly signalFrame: bigint | undefined;
}

/**
 * Follows one execution of a program, stop by stop, and knows what each register and each word of the stack stems
 * from, now and in every caller. Only the bits are the execution's; where values go is read from the instructions.
 */
export class SymbolicRun {
  readonly symbols = new Symbols();
  readonly memory = new SymbolicMemory(this.symbols);
  /** By column; those at the stop. */
  registers: Value[] = [];
  bytes!: Bytes;
  readonly #architecture: Architecture;
  readonly #stacks: number;
  readonly #effectAt: (pc: bigint) => Effect;
  /** The registers of callers as they were when they called. */
  readonly #callers = new Map<string, readonly Value[]>();
  #pending: Pending | undefined;
  #deliveries = 0;

  /** `stacks`: number of the program's stacks; `effectAt`: what the instruction at an address does. */
  constructor(architecture: Architecture, stacks: number, effectAt: (pc: bigint) => Effect) {
    this.#architecture = architecture;
    this.#stacks = stacks;
    this.#effectAt = effectAt;
  }

  /** To be called at every stop, in order. Throws `ModelError` where the model's state contradicts the stop. */
  arrive(stop: Stop): void {
    this.bytes = bytesOf(stop, this.#stacks);
    const deliveries = newDeliveries(stop, stop.deliveries - this.#deliveries);
    const interrupted = deliveries[0];
    const registers = interrupted?.interrupted.registers ?? stop.registers;
    const callers = interrupted === undefined ? stop.callers : interrupted.interrupted.behind;
    if (this.#pending === undefined) this.#begin(registers, callers);
    else this.#finish(this.#pending, registers, callers);
    deliveries.forEach(({ trampoline, interrupted: frame }, i) => {
      const after = deliveries[i + 1]?.interrupted.registers ?? stop.registers;
      deliverSignal(this.#architecture, this.memory, this.registers, frame.signalFrame, after, trampoline.registers);
      this.#remember(trampoline);
    });
    this.#deliveries = stop.deliveries;
    this.#pending = this.#prepare(stop);
  }

  /** What the registers of a caller stem from. */
  callerRegisters(frame: TrueFrame): readonly (Value | undefined)[] {
    if (frame.kind === 'interrupted') {
      return interruptedRegisters(this.#architecture, this.memory, this.bytes, frame.signalFrame);
    }
    const registers = this.#callers.get(this.#key(frame));
    if (registers === undefined) throw new ModelError(`nothing is known of the ${frame.kind} at ${this.#key(frame)}`);
    return registers;
  }

  #begin(actual: Uint32Array, sentinel: TrueFrame | null): void {
    const { sp, pc, link } = this.#architecture;
    this.registers = Array.from({ length: this.#architecture.columnCount }, (_, column) => ({
      symbol: column === sp ? this.symbols.stack : column === pc ? known : this.symbols.fresh(),
      ...halves(actual, column),
    }));
    if (sentinel === null) return;
    const resume = { symbol: known, ...halves(sentinel.registers, pc) };
    const top = this.registers[sp]!;
    if (link < 0) this.memory.write(top.lo, top.hi, resume);
    else this.registers[link] = resume;
    this.#remember(sentinel);
  }

  /** The registers at hand are those of a caller but for its PC and SP. */
  #remember(frame: TrueFrame): void {
    const { sp, pc } = this.#architecture;
    const registers = [...this.registers];
    registers[pc] = { symbol: known, ...halves(frame.registers, pc) };
    registers[sp] = { symbol: registers[sp]!.symbol, ...halves(frame.registers, sp) };
    this.#callers.set(this.#key(frame), registers);
  }

  #key({ kind, registers }: TrueFrame): string {
    const { sp, pc } = this.#architecture;
    return `${kind} ${registers[2 * pc]} ${registers[2 * pc + 1]} ${registers[2 * sp]} ${registers[2 * sp + 1]}`;
  }

  /** Looks at what the instruction of a stop reads. */
  #prepare(stop: Stop): Pending {
    const effect = this.#effectAt(bitsOf({ symbol: known, ...halves(stop.registers, this.#architecture.pc) }));
    const results = effect.flows.map((flow) => ({
      flow,
      sources: flow.from.map((place) => this.#read(place)),
      at: flow.to.kind === 'memory' ? this.#address(flow.to) : 0n,
    }));
    const inTrampoline = effect.isSystemCall && stop.callers?.kind === 'interrupted';
    return { effect, results, signalFrame: inTrampoline ? stop.callers!.signalFrame : undefined };
  }

  /** The instruction has been executed and left `actual` behind. */
  #finish({ effect, results, signalFrame }: Pending, actual: Uint32Array, top: TrueFrame | null): void {
    const written = new Set<number>([this.#architecture.pc, this.#architecture.signState]);
    for (const { flow, sources, at } of results) {
      if (flow.to.kind === 'register') {
        const { column } = flow.to;
        this.registers[column] = this.#result(flow, sources, halves(actual, column), column);
        written.add(column);
      } else if (flow.to.kind === 'memory') this.#store(flow, flow.to.size, sources, at);
    }
    if (signalFrame !== undefined) {
      const loaded = interruptedRegisters(this.#architecture, this.memory, this.bytes, signalFrame);
      this.registers = this.registers.map((value, column) => loaded[column] ?? value);
    }
    this.registers.forEach((value, column) => {
      const bits = halves(actual, column);
      if (value.lo === bits.lo && value.hi === bits.hi) return;
      if (column === this.#architecture.pc) this.registers[column] = { symbol: known, ...bits };
      else if (effect.unknown || written.has(column))
        this.registers[column] = { symbol: this.symbols.fresh(), ...bits };
      else throw new ModelError(`${this.#architecture.columnNames[column]} changes, which no instruction does`);
    });
    if (effect.isCall && top !== null) this.#remember(top);
  }

  #result(
    { how, factors }: Flow,
    sources: readonly (Value | undefined)[],
    bits: { readonly lo: number; readonly hi: number },
    column: number,
  ): Value {
    const [source] = sources;
    if (how === 'compute') return { symbol: this.symbols.combine(sources), ...bits };
    if (how === 'sum') return { symbol: this.symbols.sum(sources, factors!), ...bits };
    if (source === undefined) return { symbol: this.symbols.fresh(), ...bits };
    if (how === 'sign') return { symbol: this.symbols.sign(source), ...bits };
    const value = how === 'authenticate' ? (this.symbols.unsigned(source) ?? source) : source;
    if (value.lo === bits.lo && value.hi === bits.hi) return value;
    if (how === 'authenticate') return { symbol: this.symbols.fresh(), ...bits };
    throw new ModelError(
      `${this.#architecture.columnNames[column]} gets 0x${bitsOf({ symbol: 0, ...bits }).toString(16)}, not 0x${bitsOf(value).toString(16)}`,
    );
  }

  #store({ how }: Flow, size: number, sources: readonly (Value | undefined)[], at: bigint): void {
    const { lo, hi } = constant(at);
    const [source] = sources;
    if (size !== 8) {
      for (let word = (lo & ~7) >>> 0; word < lo + size; word += 8) this.memory.forget(word >>> 0, hi);
    } else if (how === 'copy' && source !== undefined) this.memory.write(lo, hi, source);
    else {
      const bits = this.bytes.read(lo, hi, 8, true);
      if (bits !== undefined) this.memory.write(lo, hi, { symbol: this.symbols.combine(sources), ...bits });
    }
  }

  #read(place: Place): Value | undefined {
    switch (place.kind) {
      case 'register':
        return this.registers[place.column];
      case 'literal':
        return constant(place.value);
      case 'untracked':
        return undefined;
      case 'memory': {
        const { lo, hi } = constant(this.#address(place));
        if (place.size === 8) return this.memory.read(lo, hi, this.bytes, true);
        const part = place.size < 8 ? this.bytes.read(lo, hi, place.size, true) : undefined;
        return part === undefined ? undefined : { symbol: known, ...part };
      }
    }
  }

  #address({ terms, displacement }: MemoryPlace): bigint {
    let sum = displacement;
    for (const { column, factor } of terms) sum += bitsOf(this.registers[column]!) * BigInt(factor);
    return BigInt.asUintN(64, sum);
  }
}

function halves(registers: Uint32Array, column: number): { readonly lo: number; readonly hi: number } {
  return { lo: registers[2 * column]!, hi: registers[2 * column + 1]! };
}

/** The trampolines and interrupted frames of the last `count` deliveries, the oldest first. */
function newDeliveries(
  stop: Stop,
  count: number,
): { readonly trampoline: TrueFrame; readonly interrupted: TrueFrame }[] {
  const deliveries: { readonly trampoline: TrueFrame; readonly interrupted: TrueFrame }[] = [];
  let trampoline = stop.callers;
  for (let i = 0; i < count; i++) {
    const interrupted = trampoline?.behind ?? null;
    if (trampoline === null || interrupted === null) throw new ModelError('a signal without its frames');
    deliveries.unshift({ trampoline, interrupted });
    trampoline = interrupted.behind;
  }
  return deliveries;
}
