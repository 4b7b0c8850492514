import { readFileSync } from 'node:fs';
import { type ElfFile, ET_EXEC, ET_REL, readElf, UnwindError } from '../../engine/index.ts';
import type { EmulatorFactory } from '../emulator/emulator.ts';
import { type LoadedImage, loadImage } from '../loader/index.ts';
import { dependsOnLoader } from '../loader/process/depends-on-loader.ts';
import { loadProcess } from '../loader/process/load-process.ts';
import type { LoadedProcess } from '../loader/process/loaded-process.ts';
import { startProcess } from '../startup/start-process.ts';
import type { GivenMemory } from '../system/memory.ts';
import { type ExecJob, startName } from './result.ts';

/** An ELF file from disk, in the program's memory. */
export interface LoadedFile {
  /** As it is on disk. */
  readonly elf: ElfFile;
  readonly image: LoadedImage;
  /** Linked with what it depends on; absent where the file stands alone. */
  readonly process?: LoadedProcess;
}

/** A program whose functions can be called. */
export interface ReadyProgram {
  readonly image: LoadedImage;
  /** Default: 0. */
  readonly threadPointer?: bigint;
  /** The address of an indirect function, by that of the function which tells it. */
  readonly resolved?: ReadonlyMap<bigint, bigint>;
  /** Memory its initialisers were given by system calls. */
  readonly given?: GivenMemory | undefined;
  /** What could not be loaded or made ready. */
  readonly notes?: readonly string[];
}

/**
 * Reads and loads the file of a job; one that leaves relocations to the dynamic loader with the libraries it depends on.
 * Throws what the file system throws, and `UnwindError` where a file is unusable.
 */
export function loadFile(
  job: Pick<ExecJob, 'file' | 'bias' | 'libraryPath' | 'function'> & { readonly seed?: string },
): LoadedFile {
  const { file, bias, libraryPath = [], seed = '' } = job;
  const bytes = Uint8Array.from(readFileSync(file));
  const elf = readElf(bytes);
  if (bias !== undefined && elf.type === ET_EXEC) {
    throw new UnwindError('unsupported', 'ELF header', 0x10, 'expected a position-independent file for a load bias');
  }
  const place = bias === undefined ? {} : { loadBias: BigInt(bias) };
  if (elf.type === ET_REL || !dependsOnLoader(elf)) {
    const relocatesItself = job.function === undefined || job.function === startName;
    return { elf, image: loadImage(bytes, { name: file, relocatesItself, ...place }) };
  }
  const process = loadProcess(file, bytes, { folders: libraryPath, seed, ...place });
  return { elf, image: process.image, process };
}

/** Runs what has to run before functions of a file can be called. */
export function makeReady({ image, process }: LoadedFile, seed: string, emulators: EmulatorFactory): ReadyProgram {
  if (process === undefined) return { image };
  const started = startProcess(process, emulators, seed);
  return { ...started, notes: [...process.notes, ...started.notes] };
}
