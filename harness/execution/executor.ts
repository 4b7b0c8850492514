import type { Architecture } from '../../engine/index.ts';
import { Memory, MemoryWindow, PT_LOAD } from '../../engine/index.ts';
import type { Stack, WalkEnd } from '../../generators/program.ts';
import type { Emulator, EmulatorFactory } from '../emulator/emulator.ts';
import type { LoadedImage, Segment } from '../loader/image.ts';
import type { ProgramPhase } from '../loader/load-program.ts';
import { pageCeiling } from '../loader/pages.ts';
import { aarch64Kernel } from '../signal/aarch64.ts';
import type { SignalKernel } from '../signal/kernel.ts';
import { x86_64Kernel } from '../signal/x86-64.ts';
import { type Invocation, initialStack } from '../system/entry.ts';
import { Linux } from '../system/linux.ts';
import type { GivenMemory } from '../system/memory.ts';
import type { Output } from '../system/standard-streams.ts';
import { readColumn, writeColumn } from '../truth/address.ts';
import { CodeMap } from '../truth/code-map.ts';
import { FunctionExtents } from '../truth/function-extents.ts';
import { StackRegion } from '../truth/stack-region.ts';
import { Execution } from './execution.ts';
import type { RunOutcome } from './outcome.ts';
import type { RunOptions } from './run-options.ts';
import { enter, randomBytes } from './state.ts';

const pageSize = 0x1000;
/** No condition holds, the direction flag is clear. */
const initialFlags = 0n;

/** What is in memory from the first arrival at an address on. */
type ImagePhase = Pick<ProgramPhase, 'at' | 'image'>;

export interface ExecutorOptions {
  readonly image: LoadedImage;
  /** What takes the image's place during a run, in this order. */
  readonly later?: readonly ImagePhase[];
  readonly stacks: readonly Stack[];
  /** Decides registers, untouched memory and keys. */
  readonly seed: string;
  readonly emulators: EmulatorFactory;
  /** Where walks end before the outermost frame. Default: nowhere. */
  readonly walkEnds?: readonly WalkEnd[];
  /** Where each run finds its thread's storage (the base of FS, TPIDR_EL0). Default: 0. */
  readonly threadPointer?: bigint;
  /** What the program finds as its operating system; without it, system calls other than exit end a run. */
  readonly system?: SystemOptions;
}

export interface SystemOptions {
  /** How the program is started where a run enters it by a jump. */
  readonly invocation: Invocation;
  /** What standard input has. Default: nothing. */
  readonly input?: Uint8Array;
  /** Code that makes the rt_sigreturn system call, for signal handlers that do not bring their own. */
  readonly trampoline?: bigint;
  /** Memory that system calls have given the program before. */
  readonly given?: GivenMemory | undefined;
}

/** Executes the runs of one program, each from a fresh state, and tells the truth at every instruction. */
export class Executor {
  readonly #architecture: Architecture;
  readonly #kernel: SignalKernel;
  readonly #emulator: Emulator;
  readonly #regions: readonly StackRegion[];
  readonly #phases: readonly ExecutionPhase[];
  readonly #image: LoadedImage;
  readonly #system: SystemOptions | undefined;
  readonly #linux: Linux | undefined;
  /** The one whose segments are mapped. */
  #phase: ExecutionPhase;
  readonly #seed: string;
  readonly #sentinel: bigint;
  readonly #walkEnds: readonly WalkEnd[];
  readonly #threadPointer: bigint;
  /** What writable memory holds before a run. */
  readonly #pristine: readonly Pristine[];

  constructor({
    image,
    later = [],
    stacks,
    seed,
    emulators,
    walkEnds = [],
    threadPointer = 0n,
    system,
  }: ExecutorOptions) {
    if (later.length > 0 && walkEnds.length > 0) throw new RangeError('walk ends of a program with exchanges');
    this.#architecture = image.architecture;
    this.#kernel = image.architecture.name === 'x86-64' ? x86_64Kernel : aarch64Kernel;
    this.#seed = seed;
    this.#walkEnds = walkEnds;
    this.#threadPointer = threadPointer;
    this.#regions = stacks.map((stack) => new StackRegion(image.architecture, stack));
    const images = [image, ...later.map((phase) => phase.image)];
    const sentinel = sentinelPage(images, stacks);
    this.#sentinel = sentinel.address;
    const all = [...image.segments, sentinel, ...this.#regions.map((region) => region.segment)];
    this.#emulator = emulators.open(image.architecture, seed);
    for (const segment of all) this.#emulator.map(segment);
    this.#image = image;
    this.#system = system;
    this.#linux = system && startLinux(this.#emulator, image, all, stacks[0]!.size, system);
    // A program with a system may execute whatever it has written.
    const changingCode = this.#linux === undefined ? [] : this.#linux.memory.changingCode();
    const stackWindows = this.#regions.map((region) => region.window);
    this.#phases = [{ at: undefined, image }, ...later].map((phase) => {
      const segments = [...phase.image.segments, sentinel];
      const readable = segments.filter((segment) => segment.readable);
      return {
        ...phase,
        memory: new Memory([
          ...stackWindows,
          ...readable.map(({ address, bytes }) => new MemoryWindow(address, bytes)),
        ]),
        code: new CodeMap(image.architecture, segments, changingCode),
        functions: new FunctionExtents(phase.image),
      };
    });
    this.#phase = this.#phases[0]!;
    const mayChange = (segment: Segment): boolean => segment.writable || system !== undefined;
    const changing = new Set(images.flatMap(({ segments }) => segments).filter(mayChange));
    this.#pristine = [
      ...Array.from(changing, ({ address, bytes, writable }) => ({
        bytes,
        initial: Uint8Array.from(bytes),
        ...(!writable && { guard: address }),
      })),
      ...this.#regions.map(({ segment, stack }) => ({
        bytes: segment.bytes,
        initial: randomBytes(`${seed}/stack/${stack.name}`, stack.size),
      })),
    ];
  }

  /** What the program wrote to its standard output and error in the last run; undefined without a system. */
  get output(): { readonly stdout: Output; readonly stderr: Output } | undefined {
    const streams = this.#linux?.streams;
    return streams && { stdout: streams.output(1), stderr: streams.output(2) };
  }

  /** What system calls have given the program in the last run; undefined without a system. */
  get given(): GivenMemory | undefined {
    return this.#linux?.memory.given();
  }

  run(options: RunOptions): RunOutcome {
    const { run, index, onExchange } = options;
    const enterPhase = (phase: ExecutionPhase): void => {
      if (phase === this.#phase) return;
      this.#exchange(phase);
      onExchange?.(phase.image);
    };
    enterPhase(this.#phases[0]!);
    if (options.keepsMemory !== true) this.#restoreMemory();
    for (const region of this.#regions) region.reset();
    const seed = `${this.#seed}/run/${index}`;
    const { registers } = this.#emulator;
    const sentinel = run.returnAddress ?? this.#sentinel;
    enter(this.#architecture, this.#kernel, registers, this.#regions[0]!, run, sentinel, seed);
    this.#emulator.vectors.set(randomBytes(`${seed}/vectors`, this.#emulator.vectors.length));
    run.vectorArguments?.forEach((bytes, i) => {
      this.#emulator.vectors.set(bytes, 16 * i);
    });
    this.#emulator.reset();
    if (options.keepsMemory !== true) this.#linux?.reset(seed);
    if (this.#system !== undefined && run.start === 'jump') this.#startProcess(this.#system, seed);
    this.#emulator.writeVectors();
    this.#emulator.writeFlags(initialFlags);
    this.#emulator.writeThreadPointer(this.#threadPointer);
    this.#emulator.writeRegisters();
    const execution = new Execution(
      {
        architecture: this.#architecture,
        kernel: this.#kernel,
        emulator: this.#emulator,
        regions: this.#regions,
        phases: this.#phases,
        enterPhase,
        sentinel,
        walkEnds: this.#walkEnds,
        linux: this.#linux,
        trampoline: this.#system?.trampoline,
      },
      options,
      seed,
    );
    return execution.execute();
  }

  #restoreMemory(): void {
    for (const { bytes, initial, guard } of this.#pristine) {
      const mayHaveChanged = guard === undefined || this.#linux?.memory.rangeOf(guard)?.hadOtherRights !== false;
      if (mayHaveChanged) bytes.set(initial);
    }
  }

  /** A new process, as execve leaves it: all registers 0 but SP and PC, and the stack filled. */
  #startProcess({ invocation }: SystemOptions, seed: string): void {
    const { registers, vectors } = this.#emulator;
    const { pc, sp } = this.#architecture;
    const entry = readColumn(registers, pc);
    const { stack, segment } = this.#regions[0]!;
    const top = stack.start + BigInt(stack.size);
    const initial = initialStack(this.#image, invocation, top, stack.size / 4, seed);
    segment.bytes.set(initial.bytes, Number(initial.sp - stack.start));
    registers.fill(0);
    vectors.fill(0);
    writeColumn(registers, pc, entry);
    writeColumn(registers, sp, initial.sp);
  }

  /** Unmaps what is gone and maps what has come. */
  #exchange(phase: ExecutionPhase): void {
    const [before, after] = [this.#phase.image.segments, phase.image.segments];
    for (const segment of before) if (!after.includes(segment)) this.#emulator.unmap(segment);
    for (const segment of after) if (!before.includes(segment)) this.#emulator.map(segment);
    this.#phase = phase;
  }

  close(): void {
    this.#emulator.close();
  }
}

function startLinux(
  emulator: Emulator,
  image: LoadedImage,
  segments: readonly Segment[],
  stackSize: number,
  { input = new Uint8Array(0), given }: SystemOptions,
): Linux {
  const { architecture } = image;
  return new Linux({ architecture, emulator, segments, heapStart: behindProgram(image), stackSize, input, given });
}

/** The first page behind the program's own file, where the kernel has the heap begin. */
function behindProgram({ modules, segments }: LoadedImage): bigint {
  const { elf, loadBias } = modules[0]!;
  const loaded = elf.segments.filter(({ type }) => type === PT_LOAD);
  const ends =
    loaded.length > 0
      ? loaded.map(({ address, memorySize }) => BigInt.asUintN(64, address + loadBias) + BigInt(memorySize))
      : segments.map(({ address, bytes }) => address + BigInt(bytes.byteLength));
  return pageCeiling(ends.sort((a, b) => (a < b ? -1 : 1)).at(-1) ?? 0n);
}

/** Memory that a run may change, and what it holds before. */
interface Pristine {
  readonly bytes: Uint8Array;
  readonly initial: Uint8Array;
  /** Its address, where it can only be written once it has got other rights. */
  readonly guard?: bigint;
}

/** What a program consists of for a while, made ready. */
export interface ExecutionPhase extends ImagePhase {
  readonly memory: Memory;
  readonly code: CodeMap;
  readonly functions: FunctionExtents;
}

/** A page of its own that the entry returns to; nothing covers it with CFI. */
function sentinelPage(images: readonly LoadedImage[], stacks: readonly Stack[]): Segment {
  const taken = [
    ...images.flatMap(({ segments }) => segments.map(({ address, bytes }) => ({ start: address, size: bytes.length }))),
    ...stacks.map(({ start, size }) => ({ start, size })),
  ];
  let address = 0x5eed_0000_0000n;
  while (taken.some(({ start, size }) => address < start + BigInt(size) && start < address + BigInt(pageSize))) {
    address += 0x1_0000_0000n;
  }
  const bytes = new Uint8Array(new SharedArrayBuffer(pageSize));
  return { address, bytes, readable: true, writable: false, executable: true };
}
