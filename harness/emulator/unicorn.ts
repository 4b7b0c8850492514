import type { Architecture } from '../../engine/index.ts';
import type { Segment } from '../loader/image.ts';
import type { Emulator, EmulatorEnd, EmulatorFactory } from './emulator.ts';
import { activationCode, enable, pacMaskHi, selectModel } from './pointer-authentication.ts';
import { RegisterBatch } from './register-batch.ts';
import { aarch64Registers } from './registers/aarch64.ts';
import type { UnicornRegisters } from './registers/registers.ts';
import { x86_64Registers } from './registers/x86-64.ts';
import type { Handle, UnicornLibrary } from './unicorn-library.ts';
import { releaseCallback, unicornLibrary } from './unicorn-library.ts';

const pageSize = 0x1000;

/** The batches of an architecture; only one processor runs at a time in a process, so they are shared. */
interface Batches {
  readonly ids: UnicornRegisters;
  readonly file: RegisterBatch;
  readonly vectors: RegisterBatch;
  readonly flags: RegisterBatch;
  readonly threadPointer: RegisterBatch;
}

const batches = new Map<string, Batches>();

function batchesFor(library: UnicornLibrary, architecture: Architecture): Batches {
  let found = batches.get(architecture.name);
  if (found === undefined) {
    const ids = architecture.name === 'x86-64' ? x86_64Registers : aarch64Registers;
    found = {
      ids,
      file: new RegisterBatch(library, ids.columns, 8),
      vectors: new RegisterBatch(library, ids.vectors, 16),
      flags: new RegisterBatch(library, [ids.flags], 8),
      threadPointer: new RegisterBatch(library, [ids.threadPointer], 8),
    };
    batches.set(architecture.name, found);
  }
  return found;
}

/** Unicorn, natively through koffi. */
export function unicornFactory(): EmulatorFactory {
  const library = unicornLibrary();
  return { version: library.version, open: (architecture, seed) => new UnicornEmulator(library, architecture, seed) };
}

/**
 * A Unicorn engine. The code hook is installed before anything runs and stays: Unicorn reuses translated code blindly,
 * so runs with and without hooks must never mix. Each `run` may be called again after it returned.
 */
class UnicornEmulator implements Emulator {
  readonly architecture: Architecture;
  readonly registers: Uint32Array;
  readonly vectors: Uint8Array;
  readonly pacMaskLo = 0;
  readonly pacMaskHi: number;
  readonly #library: UnicornLibrary;
  readonly #batches: Batches;
  readonly #handle: Handle;
  readonly #hook: bigint;
  /** Keeps mapped buffers alive: the native side only has their addresses. */
  readonly #mapped: Uint8Array[] = [];
  #onInstruction: (size: number) => boolean = () => false;
  #stopped = false;
  #thrown: { readonly error: unknown } | undefined;

  constructor(library: UnicornLibrary, architecture: Architecture, seed: string) {
    this.#library = library;
    this.architecture = architecture;
    this.#batches = batchesFor(library, architecture);
    this.registers = new Uint32Array(this.#batches.file.buffer);
    this.vectors = new Uint8Array(this.#batches.vectors.buffer);
    this.#handle = library.open(this.#batches.ids.arch, this.#batches.ids.mode);
    const authenticates = architecture.signState >= 0;
    this.pacMaskHi = authenticates ? pacMaskHi : 0;
    if (authenticates) selectModel(library, this.#handle);
    this.#hook = library.addCodeHook(this.#handle, (size) => this.#step(size));
    if (authenticates) enable(library, this.#handle, seed, (key) => this.#activate(key));
  }

  map(segment: Segment): void {
    const { address, bytes } = segment;
    if (address % BigInt(pageSize) !== 0n || bytes.byteLength % pageSize !== 0 || bytes.byteLength === 0) {
      throw new RangeError(`segment at 0x${address.toString(16)}: address and size must be multiples of a page`);
    }
    const permissions = (segment.readable ? 1 : 0) | (segment.writable ? 2 : 0) | (segment.executable ? 4 : 0);
    this.#library.mapPointer(this.#handle, address, bytes, permissions);
    this.#mapped.push(bytes);
  }

  unmap({ address, bytes }: Segment): void {
    this.#library.unmap(this.#handle, address, bytes.byteLength);
    this.#library.forgetCode(this.#handle);
    this.#mapped.splice(this.#mapped.indexOf(bytes), 1);
  }

  writeRegisters(): void {
    this.#batches.file.write(this.#handle);
  }

  readVectors(): void {
    this.#batches.vectors.read(this.#handle);
  }

  writeVectors(): void {
    this.#batches.vectors.write(this.#handle);
  }

  readFlags(): bigint {
    this.#batches.flags.read(this.#handle);
    return new BigUint64Array(this.#batches.flags.buffer)[0]!;
  }

  writeFlags(flags: bigint): void {
    new BigUint64Array(this.#batches.flags.buffer)[0] = flags;
    this.#batches.flags.write(this.#handle);
  }

  readThreadPointer(): bigint {
    this.#batches.threadPointer.read(this.#handle);
    return new BigUint64Array(this.#batches.threadPointer.buffer)[0]!;
  }

  writeThreadPointer(address: bigint): void {
    new BigUint64Array(this.#batches.threadPointer.buffer)[0] = address;
    this.#batches.threadPointer.write(this.#handle);
  }

  run(onInstruction: (size: number) => boolean): EmulatorEnd {
    this.#onInstruction = onInstruction;
    this.#stopped = false;
    this.#thrown = undefined;
    const error = this.#library.start(this.#handle, this.#programCounter());
    this.#batches.file.read(this.#handle);
    const thrown = this.#thrown as { readonly error: unknown } | undefined;
    if (thrown !== undefined) throw thrown.error;
    if (this.#stopped) return { kind: 'stopped' };
    return { kind: 'fault', reason: error === 0 ? 'execution ended without a reason' : this.#library.describe(error) };
  }

  close(): void {
    this.#library.close(this.#handle);
    releaseCallback(this.#hook);
    this.#mapped.length = 0;
  }

  #programCounter(): bigint {
    const pc = this.architecture.pc;
    return (BigInt(this.registers[2 * pc + 1]!) << 32n) | BigInt(this.registers[2 * pc]!);
  }

  #step(size: number): void {
    // Unicorn may call the hook again on its way out of a stopped run.
    if (this.#stopped) return;
    this.#batches.file.read(this.#handle);
    try {
      if (this.#onInstruction(size)) return;
    } catch (error) {
      this.#thrown = { error };
    }
    this.#stopped = true;
    this.#library.stop(this.#handle);
  }

  /** Executes the instruction that switches pointer authentication on, in a page that is unmapped again. */
  #activate(key: bigint): void {
    const address = 0x1000n;
    const bytes = new Uint8Array(new SharedArrayBuffer(pageSize));
    bytes.set(activationCode);
    this.map({ address, bytes, readable: true, writable: false, executable: true });
    this.registers.fill(0);
    this.registers[2] = Number(key & 0xffff_ffffn);
    this.registers[3] = Number(key >> 32n);
    this.registers[2 * this.architecture.pc] = Number(address);
    this.writeRegisters();
    let executed = 0;
    const end = this.run(() => executed++ === 0);
    if (end.kind !== 'stopped') throw new Error(`pointer authentication cannot be switched on: ${end.reason}`);
    this.#library.unmap(this.#handle, address, pageSize);
  }
}
