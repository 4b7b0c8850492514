import { FrameBuffer, Memory, MemoryWindow } from '../../../engine/index.ts';
import { scenarios } from '../../../generators/scenarios/registry.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { Executor } from '../../../harness/execution/executor.ts';
import type { LoadedImage } from '../../../harness/loader/image.ts';
import { loadImage } from '../../../harness/loader/load-image.ts';
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

export function openModes(image: LoadedImage): Session[] {
  return modes.map((mode) => ({ name: mode.name, session: mode.open(image) }));
}

/** The engine reading encodings, as far as they are for an image. */
export function openEncodings(image: LoadedImage): Session[] {
  const usable = encoded.filter((unwinder) => unwinder.applies?.(image) ?? true);
  return usable.map((unwinder) => ({ name: unwinder.name, session: unwinder.open(image) }));
}

/** All there is to say about an answer; registers that are not known are undefined. */
export function answer({ session }: Session, stop: Stop, capacity: number): unknown {
  const { architecture } = stop;
  const frames = new FrameBuffer(architecture, capacity);
  frames.start(stop.registers);
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

/** Executes the runs of a scenario's first program and shows every stop. */
export function execute(
  architecture: 'x86-64' | 'aarch64',
  name: string,
  onStop: (stop: Stop, image: LoadedImage) => void,
): void {
  const program = scenarios.find((scenario) => scenario.name === name)!.generate(architecture, 0, '1');
  const image = loadImage(program.image, { name, loadBias: program.loadBias });
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
