import type { Stack } from '../../generators/program.ts';
import type { EmulatorFactory } from '../emulator/emulator.ts';
import { Executor, type SystemOptions } from '../execution/executor.ts';
import type { RunOutcome } from '../execution/outcome.ts';
import type { LoadedImage } from '../loader/image.ts';
import type { GivenMemory } from '../system/memory.ts';

/** Most instructions of one function at start-up. */
const limit = 5_000_000;

/** Like the main thread's of a Linux process. */
const stack: Stack = { name: 'start-up', start: 0x7ffd_0000_0000n, size: 0x4_0000, behind: 'nobody' };

/** Nobody starts a program: its arguments are handed to its initialisers. */
const system: SystemOptions = { invocation: { arguments: [], environment: [] } };

/** Calls functions of a process one after the other, each in the memory the last one left. */
export class StartupCalls {
  readonly #executor: Executor;
  #calls = 0;

  constructor(image: LoadedImage, threadPointer: bigint, emulators: EmulatorFactory, seed: string) {
    this.#executor = new Executor({
      image,
      stacks: [stack],
      seed: `${seed}/start-up`,
      emulators,
      threadPointer,
      system,
    });
  }

  /** `exitStatus` of the outcome is what the function returned. */
  call(entry: bigint, args: readonly bigint[]): RunOutcome {
    return this.#executor.run({
      run: { entry, start: 'call', arguments: args, signals: [] },
      index: this.#calls++,
      keepsMemory: true,
      limit,
      onStop: () => {},
    });
  }

  /** Memory the functions have been given by system calls. */
  get given(): GivenMemory | undefined {
    return this.#executor.given;
  }

  close(): void {
    this.#executor.close();
  }
}
