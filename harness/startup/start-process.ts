import type { EmulatorFactory } from '../emulator/emulator.ts';
import type { LoadedImage } from '../loader/image.ts';
import type { LoadedProcess } from '../loader/process/loaded-process.ts';
import type { GivenMemory } from '../system/memory.ts';
import { StartupCalls } from './call.ts';
import { kernelData } from './kernel-data.ts';
import { setLoaderData } from './loader-data.ts';

/** The C library's own beginning, which ld.so calls before any initialiser; its argument says that it is the first. */
const earlyInit = '__libc_early_init';
/** Where what the kernel hands over is. */
const kernelDataAddress = 0x7ef0_0000_0000n;
/** Notes of one kind. */
const noted = 8;

/** A process whose libraries are ready. */
export interface StartedProcess {
  /** The process's, with the memory as the initialisers left it. */
  readonly image: LoadedImage;
  readonly threadPointer: bigint;
  /** The address behind a symbol that is indirect, by the address of the function that tells it. */
  readonly resolved: ReadonlyMap<bigint, bigint>;
  /** Memory the initialisers were given by system calls. */
  readonly given: GivenMemory | undefined;
  /** What could not be done, for people. */
  readonly notes: readonly string[];
}

/**
 * Runs what ld.so runs before a program begins: the functions that tell the addresses of indirect symbols (also those
 * that the main file exports), and the initialisers, dependencies first. What faults is noted, and the rest goes on.
 */
export function startProcess(process: LoadedProcess, emulators: EmulatorFactory, seed: string): StartedProcess {
  const kernel = kernelData(process.image.architecture, kernelDataAddress);
  const image = { ...process.image, segments: [...process.image.segments, kernel.segment] };
  const calls = new StartupCalls(image, process.threadPointer, emulators, seed);
  const notes: string[] = [];
  const resolved = new Map<bigint, bigint>();
  let given: GivenMemory | undefined;
  const resolve = (resolver: bigint): bigint => {
    let address = resolved.get(resolver);
    if (address === undefined) {
      const { outcome, detail, exitStatus = 0n } = calls.call(resolver, kernel.resolverArguments);
      address = outcome === 'finished' ? exitStatus : 0n;
      if (outcome !== 'finished') notes.push(`the resolver at 0x${resolver.toString(16)}: ${detail}`);
      resolved.set(resolver, address);
    }
    return address;
  };
  try {
    for (const { field, resolver, addend } of process.indirect) {
      field.setBigUint64(0, BigInt.asUintN(64, resolve(resolver) + addend), true);
    }
    setLoaderData(process, calls, kernel, seed);
    const early = process.symbol(earlyInit);
    const initialise = (name: string, address: bigint, args: readonly bigint[]) => {
      const { outcome, detail } = calls.call(address, args);
      if (outcome !== 'finished') notes.push(`${name}: ${detail}`);
    };
    if (early !== undefined) initialise(earlyInit, early.address, [1n]);
    for (const { name, address } of process.initializers) initialise(name, address, kernel.initializerArguments);
    for (const { address, isIndirect } of process.functions) if (isIndirect) resolve(address);
    given = calls.given;
  } finally {
    calls.close();
  }
  const shown = notes.slice(0, noted);
  if (notes.length > noted) shown.push(`${notes.length - noted} more`);
  return { image, threadPointer: process.threadPointer, resolved, given, notes: shown };
}
