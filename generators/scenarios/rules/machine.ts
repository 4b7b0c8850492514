import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { Instruction } from '../../assembly/index.ts';
import type { Random } from '../../random.ts';

/**
 * The few instructions hand-written functions are made of, so that one description serves both architectures.
 * Registers are DWARF numbers, those of general registers and SP; what loads, stores, pushes, pops and scrambles takes
 * AArch64's d0–d31, too.
 */
export interface Machine {
  readonly architecture: ArchitectureName;
  readonly sp: number;
  /** Column of the return address; on AArch64 also the register that holds it. */
  readonly returnAddress: number;
  /** General registers only. */
  readonly calleeSaved: readonly number[];
  /** Registers a call may change and nobody waits for. */
  readonly scratch: readonly number[];
  /** Distance from SP to the CFA at a function's entry: what the call pushed. */
  readonly entryDepth: number;
  /** Bytes `pop` takes off the stack. */
  readonly popSize: number;
  move(to: number, from: number): Instruction;
  constant(to: number, value: bigint): readonly Instruction[];
  /** `to = from + bytes`, for less than 4096 bytes either way, or a multiple of 4096. */
  add(to: number, from: number, bytes: number): Instruction;
  load(to: number, base: number, offset: number): Instruction;
  store(base: number, offset: number, from: number): Instruction;
  /** Stores a register below the stack's top and takes `popSize` bytes more, in one instruction. */
  push(from: number): Instruction;
  /** Stores a register in an array's element of 64 bits, whose number is in `index`. */
  storeElement(base: number, index: number, from: number): Instruction;
  loadElement(to: number, base: number, index: number): Instruction;
  /** `to = to + from`. */
  plus(to: number, from: number): Instruction;
  /** `to = to - from`. */
  minus(to: number, from: number): Instruction;
  /** Loads a register from the stack's top and takes `popSize` bytes off, in one instruction. */
  pop(to: number): Instruction;
  /** `to = from & bits`, for positive `bits` whose ones are in a row. */
  mask(to: number, from: number, bits: number): readonly Instruction[];
  /** Moves SP down by as many bytes as a register says. */
  lower(register: number): Instruction;
  /** Loads SP from SP + offset; `scratch` may be changed. */
  loadSp(offset: number, scratch: number): readonly Instruction[];
  /** Subtracts 1 from a register and jumps where it is not 0. */
  countDown(register: number, label: string): readonly Instruction[];
  /** Rounds SP down to a multiple of a power of two. */
  alignStack(scratch: number, alignment: number): readonly Instruction[];
  /** `to` = the address of a label. */
  address(to: number, label: string): Instruction;
  call(label: string): Instruction;
  jump(label: string): Instruction;
  jumpRegister(register: number): Instruction;
  callRegister(register: number): Instruction;
  ret(): Instruction;
  /** Gives a register a random value. */
  scramble(random: Random, to: number): Instruction;
  /** An instruction that changes only one of `registers` and flags. */
  work(random: Random, registers: readonly number[]): Instruction;
}
