import type { Architecture } from '../../engine/index.ts';
import { Memory, MemoryWindow } from '../../engine/index.ts';
import type { Stack, WalkEnd } from '../../generators/program.ts';
import type { Emulator, EmulatorFactory } from '../emulator/emulator.ts';
import type { LoadedImage, Segment } from '../loader/image.ts';
import { aarch64Kernel } from '../signal/aarch64.ts';
import type { SignalKernel } from '../signal/kernel.ts';
import { x86_64Kernel } from '../signal/x86-64.ts';
import { CodeMap } from '../truth/code-map.ts';
import { StackRegion } from '../truth/stack-region.ts';
import { Execution } from './execution.ts';
import type { RunOutcome } from './outcome.ts';
import type { RunOptions } from './run-options.ts';
import { enter, randomBytes } from './state.ts';

const pageSize = 0x1000;
/** No condition holds, the direction flag is clear. */
const initialFlags = 0n;

export interface ExecutorOptions {
  readonly image: LoadedImage;
  readonly stacks: readonly Stack[];
  /** Decides registers, untouched memory and keys. */
  readonly seed: string;
  readonly emulators: EmulatorFactory;
  /** Where walks end before the outermost frame. Default: nowhere. */
  readonly walkEnds?: readonly WalkEnd[];
}

/** Executes the runs of one program, each from a fresh state, and tells the truth at every instruction. */
export class Executor {
  readonly #architecture: Architecture;
  readonly #kernel: SignalKernel;
  readonly #emulator: Emulator;
  readonly #regions: readonly StackRegion[];
  readonly #memory: Memory;
  readonly #code: CodeMap;
  readonly #seed: string;
  readonly #sentinel: bigint;
  readonly #walkEnds: readonly WalkEnd[];
  /** What writable memory holds before a run. */
  readonly #pristine: readonly { readonly bytes: Uint8Array; readonly initial: Uint8Array }[];

  constructor({ image, stacks, seed, emulators, walkEnds = [] }: ExecutorOptions) {
    this.#architecture = image.architecture;
    this.#kernel = image.architecture.name === 'x86-64' ? x86_64Kernel : aarch64Kernel;
    this.#seed = seed;
    this.#walkEnds = walkEnds;
    this.#regions = stacks.map((stack) => new StackRegion(image.architecture, stack));
    const sentinel = sentinelPage(image, stacks);
    this.#sentinel = sentinel.address;
    const segments = [...image.segments, sentinel];
    this.#memory = new Memory([
      ...this.#regions.map((region) => region.window),
      ...segments.filter((segment) => segment.readable).map(({ address, bytes }) => new MemoryWindow(address, bytes)),
    ]);
    this.#code = new CodeMap(image.architecture, segments);
    this.#pristine = [
      ...image.segments
        .filter((segment) => segment.writable)
        .map(({ bytes }) => ({ bytes, initial: Uint8Array.from(bytes) })),
      ...this.#regions.map(({ segment, stack }) => ({
        bytes: segment.bytes,
        initial: randomBytes(`${seed}/stack/${stack.name}`, stack.size),
      })),
    ];
    this.#emulator = emulators.open(image.architecture, seed);
    for (const segment of [...segments, ...this.#regions.map((region) => region.segment)]) this.#emulator.map(segment);
  }

  run({ run, index, onStop, limit }: RunOptions): RunOutcome {
    for (const { bytes, initial } of this.#pristine) bytes.set(initial);
    for (const region of this.#regions) region.reset();
    const seed = `${this.#seed}/run/${index}`;
    const { registers } = this.#emulator;
    const sentinel = run.returnAddress ?? this.#sentinel;
    enter(this.#architecture, this.#kernel, registers, this.#regions[0]!, run, sentinel, seed);
    this.#emulator.vectors.set(randomBytes(`${seed}/vectors`, this.#emulator.vectors.length));
    this.#emulator.writeVectors();
    this.#emulator.writeFlags(initialFlags);
    this.#emulator.writeRegisters();
    const execution = new Execution(
      {
        architecture: this.#architecture,
        kernel: this.#kernel,
        emulator: this.#emulator,
        regions: this.#regions,
        memory: this.#memory,
        code: this.#code,
        sentinel,
        walkEnds: this.#walkEnds,
      },
      { run, index, onStop, limit },
      seed,
    );
    return execution.execute();
  }

  close(): void {
    this.#emulator.close();
  }
}

/** A page of its own that the entry returns to; nothing covers it with CFI. */
function sentinelPage(image: LoadedImage, stacks: readonly Stack[]): Segment {
  const taken = [
    ...image.segments.map(({ address, bytes }) => ({ start: address, size: bytes.byteLength })),
    ...stacks.map(({ start, size }) => ({ start, size })),
  ];
  let address = 0x5eed_0000_0000n;
  while (taken.some(({ start, size }) => address < start + BigInt(size) && start < address + BigInt(pageSize))) {
    address += 0x1_0000_0000n;
  }
  const bytes = new Uint8Array(new SharedArrayBuffer(pageSize));
  return { address, bytes, readable: true, writable: false, executable: true };
}
