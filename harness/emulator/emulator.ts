import type { Architecture } from '../../engine/index.ts';
import type { Segment } from '../loader/image.ts';

/** Why the emulator came back. */
export type EmulatorEnd =
  | { readonly kind: 'stopped' }
  /** The processor raised `reason` (the emulator's own words); the registers say where. */
  | { readonly kind: 'fault'; readonly reason: string };

/** One emulated processor with its memory. Everything that executes code under test goes through this interface. */
export interface Emulator {
  readonly architecture: Architecture;
  /**
   * The register file in the engine's columns, shared with the emulator: current whenever `onInstruction` is called
   * and after `run` returned. Changes count from `writeRegisters` on.
   */
  readonly registers: Uint32Array;
  /** Vector registers as 128-bit values, in order; current after `readVectors`. */
  readonly vectors: Uint8Array;
  /** Bits of a code address that a pointer authentication code occupies; 0 where there are none. */
  readonly pacMaskLo: number;
  readonly pacMaskHi: number;
  /** Maps memory without copying it: the bytes are the processor's memory from now on. */
  map(segment: Segment): void;
  /** Takes mapped memory away; code at its addresses is forgotten. */
  unmap(segment: Segment): void;
  /** Loads `registers`, the PC among them, into the processor. */
  writeRegisters(): void;
  readVectors(): void;
  writeVectors(): void;
  /** The condition flags: EFLAGS or NZCV. */
  readFlags(): bigint;
  writeFlags(flags: bigint): void;
  /** Where the thread's own storage is: the base of FS, or TPIDR_EL0. */
  readThreadPointer(): bigint;
  writeThreadPointer(address: bigint): void;
  /**
   * Executes from the PC. Before each instruction, `onInstruction` is called with its length in bytes; where it
   * returns false the emulator stops with that instruction not executed.
   */
  run(onInstruction: (size: number) => boolean): EmulatorEnd;
  close(): void;
}

/** Opens a processor; `seed` fixes whatever it keeps secret (pointer authentication keys). */
export interface EmulatorFactory {
  /** Name and version, such as `Unicorn 2.0.1`. */
  readonly version: string;
  open(architecture: Architecture, seed: string): Emulator;
}
