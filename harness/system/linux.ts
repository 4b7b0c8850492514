import type { Architecture } from '../../engine/index.ts';
import { Random } from '../../generators/random.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { Segment } from '../loader/image.ts';
import { type CallArguments, type CallResult, type SystemCalls, unsupported } from './call.ts';
import { fileCalls } from './calls/files.ts';
import { memoryCalls } from './calls/memory.ts';
import { processCalls } from './calls/process.ts';
import { signalCalls } from './calls/signals.ts';
import { streamCalls } from './calls/streams.ts';
import { timeCalls } from './calls/time.ts';
import { Clock } from './clock.ts';
import { type GivenMemory, ProgramMemory } from './memory.ts';
import { aarch64Calls } from './numbers/aarch64.ts';
import type { SystemCallNumbers } from './numbers/numbers.ts';
import { x86_64Calls } from './numbers/x86-64.ts';
import { type AlternateStack, Signals } from './signals.ts';
import { StandardStreams } from './standard-streams.ts';

const calls: SystemCalls = {
  ...fileCalls,
  ...memoryCalls,
  ...processCalls,
  ...signalCalls,
  ...streamCalls,
  ...timeCalls,
};

/** Clocks begin within so many seconds. */
const clockSpread = 2 ** 25;

export interface LinuxOptions {
  readonly architecture: Architecture;
  readonly emulator: Emulator;
  /** Everything that is mapped. */
  readonly segments: readonly Segment[];
  /** Where the heap is to begin. */
  readonly heapStart: bigint;
  /** Bytes of the stack. */
  readonly stackSize: number;
  /** What standard input has. */
  readonly input: Uint8Array;
  /** Memory that is there before a run. */
  readonly given?: GivenMemory | undefined;
}

/** The kernel as one process of one thread sees it, as far as programs without files and networks need it. */
export class Linux {
  readonly emulator: Emulator;
  readonly memory: ProgramMemory;
  readonly streams: StandardStreams;
  readonly stackSize: number;
  /** As uname has it. */
  readonly machine: 'x86_64' | 'aarch64';
  signals = new Signals();
  clock = new Clock(0);
  random = new Random('');
  readonly #architecture: Architecture;
  readonly #numbers: SystemCallNumbers;

  constructor({ architecture, emulator, segments, heapStart, stackSize, input, given }: LinuxOptions) {
    this.#architecture = architecture;
    this.emulator = emulator;
    this.memory = new ProgramMemory(emulator, segments, heapStart, given);
    this.streams = new StandardStreams(input);
    this.stackSize = stackSize;
    const isX86 = architecture.name === 'x86-64';
    this.machine = isX86 ? 'x86_64' : 'aarch64';
    this.#numbers = isX86 ? x86_64Calls : aarch64Calls;
  }

  /** As before a run; the seed decides clocks and random numbers. */
  reset(seed: string): void {
    this.memory.reset();
    this.streams.reset();
    this.signals = new Signals();
    this.random = new Random(`${seed}/getrandom`);
    this.clock = new Clock(new Random(`${seed}/clock`).below(clockSpread));
  }

  /** The name of a system call, or its number where there is none. */
  nameOf(number: number): string {
    return this.#numbers.get(number) ?? `number ${number}`;
  }

  call(number: number, args: CallArguments): CallResult {
    const name = this.#numbers.get(number);
    const call = name === undefined || !Object.hasOwn(calls, name) ? undefined : calls[name];
    return call === undefined ? unsupported('Plumbline does not have it') : call(this, args);
  }

  isOnAlternateStack(): boolean {
    const { alternate } = this.signals;
    if (alternate === undefined) return false;
    const { sp } = this.#architecture;
    const [lo, hi] = this.emulator.registers.subarray(2 * sp, 2 * sp + 2) as unknown as [number, number];
    const pointer = (BigInt(hi) << 32n) | BigInt(lo);
    return pointer > alternate.address && pointer <= alternate.address + BigInt(alternate.size);
  }

  /** Where handlers that ask for it run from now on. */
  setAlternateStack(stack: AlternateStack | undefined): CallResult {
    if (stack !== undefined) {
      const range = this.memory.rangeOf(stack.address);
      const end = stack.address + BigInt(stack.size);
      if (range === undefined || end > range.end) return unsupported('a stack that is not within one mapping');
    }
    this.signals.alternate = stack;
    return 0n;
  }
}
