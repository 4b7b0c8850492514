import {
  type ArchitectureName,
  type Ending,
  FrameBuffer,
  Memory,
  MemoryWindow,
  type UnwindErrorKind,
} from '../../../engine/index.ts';
import type { Program } from '../../../generators/program.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { Executor } from '../../../harness/execution/executor.ts';
import type { LoadedImage } from '../../../harness/loader/image.ts';
import { loadImage } from '../../../harness/loader/load-image.ts';
import { suiteScenarios } from '../../../harness/runner/suite-scenarios.ts';
import type { Stop } from '../../../harness/stop.ts';
import { unwinders } from '../../../harness/unwinders/registry.ts';
import type { UnwindSession } from '../../../harness/unwinders/unwinder.ts';

/** Those that read something made of the section, which may lie elsewhere and be said in another way. */
const encoded = unwinders.filter(({ name }) => name === 'dwarf-rewritten' || name.startsWith('compact'));
const otherSections = ['dwarf-list', 'dwarf-debug-frame'];
/** Every mode that reads the same section in the same way, the uncached one first. */
const modes = unwinders.filter((unwinder) => !otherSections.includes(unwinder.name) && !encoded.includes(unwinder));

export interface Session {
  readonly name: string;
  readonly session: UnwindSession;
}

/** None where a program has no section that they read. */
export function openModes(image: LoadedImage): Session[] {
  const usable = modes.filter((mode) => mode.applies?.(image) ?? true);
  return usable.map((mode) => ({ name: mode.name, session: mode.open(image) }));
}

/** The engine reading encodings, as far as they are for an image. */
export function openEncodings(image: LoadedImage): Session[] {
  const usable = encoded.filter((unwinder) => unwinder.applies?.(image) ?? true);
  return usable.map((unwinder) => ({ name: unwinder.name, session: unwinder.open(image) }));
}

export interface Answer {
  readonly ending: Ending;
  readonly error: string | undefined;
  readonly kind: UnwindErrorKind | undefined;
  readonly signal: readonly number[];
  readonly frames: readonly (readonly (bigint | undefined)[])[];
}

/** All there is to say about an answer where some of the stop's registers are `unknown`; registers that are not known are undefined. */
export function answer({ session }: Session, stop: Stop, capacity: number, unknown: readonly number[] = []): Answer {
  const { architecture } = stop;
  const frames = new FrameBuffer(architecture, capacity);
  frames.start(stop.registers);
  for (const column of unknown) frames.known[column] = 0;
  session.unwind(stop, frames);
  return {
    ending: frames.ending,
    error: frames.error?.message,
    kind: frames.error?.kind,
    signal: [...frames.signal.subarray(0, frames.count)],
    frames: Array.from({ length: frames.count }, (_, frame) =>
      Array.from({ length: architecture.columnCount }, (_, column) => frames.value(frame, column)),
    ),
  };
}

/** A program of a scenario. */
export function program(architecture: ArchitectureName, scenario: string, index = 0): Program {
  return suiteScenarios()
    .find(({ name }) => name === scenario)!
    .generate(architecture, index, '1');
}

/** Executes the runs of a program and shows every stop. */
export function execute(program: Program, onStop: (stop: Stop, image: LoadedImage) => void): void {
  const image = loadImage(program.image, { name: program.name, loadBias: program.loadBias });
  const executor = new Executor({ image, stacks: program.stacks, seed: '1', emulators: unicornFactory() });
  try {
    program.runs.forEach((run, index) => {
      executor.run({ run, index, limit: 100_000, onStop: (stop) => onStop(stop, image) });
    });
  } finally {
    executor.close();
  }
}

/** A stop that stays as it is. */
export function copyStop(stop: Stop): Stop {
  const windows = stop.memory.windows.map((window) => {
    const { view, readable } = window;
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
    const copy = new MemoryWindow((BigInt(window.startHi) << 32n) | BigInt(window.startLo), bytes);
    copy.readable = readable;
    return copy;
  });
  return { ...stop, registers: stop.registers.slice(), memory: new Memory(windows) };
}
