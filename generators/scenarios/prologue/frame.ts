import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { Instruction } from '../../assembly/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import type { RowTracker } from '../../function/row-tracker.ts';
import type { FunctionWriter } from '../../function/writer.ts';
import type { Random } from '../../random.ts';
import { HandWriter } from '../rules/hand-writer.ts';
import type { Machine } from '../rules/machine.ts';
import { machineOf } from '../rules/machine-of.ts';

/**
 * Builds and tears down one function's frame step by step, keeping track of where SP is and of what the CFI says.
 * Registers are DWARF numbers. A method that moves something says so in the CFI unless its comment tells otherwise.
 */
export class Frame {
  readonly architecture: ArchitectureName;
  readonly machine: Machine;
  readonly random: Random;
  readonly row: RowTracker;
  /** Writes what has nothing to do with the frame: work, calls, directives. */
  readonly code: HandWriter;
  /** Saved registers and their slots' offsets from the CFA, whether the CFI names them or not. */
  readonly slots = new Map<number, number>();
  #depth: number;

  constructor(architecture: ArchitectureName, writer: FunctionWriter, random: Random) {
    this.architecture = architecture;
    this.machine = machineOf(architecture);
    this.random = random;
    this.row = writer.row;
    this.code = new HandWriter(architecture, writer.items, random);
    this.#depth = this.machine.entryDepth;
  }

  /** Distance from SP to the CFA, bytes. */
  get depth(): number {
    return this.#depth;
  }

  emit(...instructions: readonly Instruction[]): void {
    this.code.emit(...instructions);
  }

  /** An instruction has moved SP down by so many bytes (up where negative). */
  moved(bytes: number): void {
    this.#depth += bytes;
    if (this.row.row.cfaRegister === this.machine.sp) this.row.defCfa(this.machine.sp, this.#depth);
  }

  /** As `moved`, but the CFI does not say so: it does not count from SP here, or is to say it later. */
  movedSilently(bytes: number): void {
    this.#depth += bytes;
  }

  /** Moves SP down, in steps an immediate of the architecture can take. */
  allocate(bytes: number): void {
    for (const step of this.#steps(bytes)) {
      this.emit(this.#lower(step));
      this.moved(step);
    }
  }

  /** Moves SP up again. */
  free(bytes: number): void {
    for (const step of this.#steps(bytes).toReversed()) {
      this.emit(this.#raise(step));
      this.moved(-step);
    }
  }

  /** Pushes a register; on AArch64 it takes 16 bytes. */
  push(register: number): void {
    this.emit(this.machine.push(register));
    this.moved(this.machine.popSize);
    this.slots.set(register, -this.#depth);
    this.state(register);
  }

  /** Pops what `push` saved. */
  pop(register: number): void {
    this.emit(this.machine.pop(register));
    // Below SP a slot cannot be relied on: the rule goes before SP is said to have moved.
    this.restored(register);
    this.moved(-this.machine.popSize);
  }

  /** Stores a register at SP + offset and says so. */
  save(register: number, fromSp: number): void {
    this.put(register, fromSp);
    this.state(register);
  }

  /** Stores a register at SP + offset without saying so: its value is in both places. */
  put(register: number, fromSp: number): void {
    this.emit(this.machine.store(this.machine.sp, fromSp, register));
    this.placed(register, fromSp);
  }

  /** An instruction has stored a register at SP + offset; nothing is said. */
  placed(register: number, fromSp: number): void {
    this.slots.set(register, fromSp - this.#depth);
  }

  /** Says that registers are in their slots. */
  state(...registers: readonly number[]): void {
    for (const register of registers) this.row.saved(register, this.slot(register));
  }

  /** Loads a register from its slot and says so. */
  restore(register: number): void {
    this.get(register);
    this.restored(register);
  }

  /** Loads a register from its slot; the CFI goes on naming the slot. */
  get(register: number): void {
    this.emit(this.machine.load(register, this.machine.sp, this.fromSp(register)));
  }

  /** Says that registers hold their caller's values again. */
  restored(...registers: readonly number[]): void {
    for (const register of registers) this.row.restored(register);
  }

  /** Offset of a register's slot from the CFA. */
  slot(register: number): number {
    const slot = this.slots.get(register);
    if (slot === undefined) throw new Error(`register ${register} is not saved`);
    return slot;
  }

  /** Offset of a register's slot from SP as it is. */
  fromSp(register: number): number {
    return this.slot(register) + this.#depth;
  }

  /** From here on the CFA counts from this register, which lies `above` bytes above SP. */
  base(register: number, above = 0): void {
    this.row.defCfa(register, this.#depth - above);
  }

  /** From here on the CFA counts from SP. */
  baseOnSp(): void {
    this.row.defCfa(this.machine.sp, this.#depth);
  }

  /** Gives registers random values. */
  clobber(registers: readonly number[]): void {
    for (const register of registers) if (register !== this.machine.returnAddress) this.code.clobber(register);
  }

  /** What a compiler may put between the instructions of a prologue or epilogue. */
  scheduled(): void {
    if (this.random.chance(0.3)) this.code.work(1);
  }

  #steps(bytes: number): number[] {
    if (this.architecture === 'x86-64') return bytes > 0 ? [bytes] : [];
    return [bytes & ~0xfff, bytes & 0xfff].filter((step) => step > 0);
  }

  #lower(bytes: number): Instruction {
    if (this.architecture === 'aarch64') return a64.subImmediate(a64.registers.sp, a64.registers.sp, bytes);
    const { rsp } = x86.gpr;
    return this.random.chance(0.8) ? x86.subImmediate(rsp, bytes) : x86.lea(rsp, x86.at(rsp, -bytes));
  }

  #raise(bytes: number): Instruction {
    if (this.architecture === 'aarch64') return a64.addImmediate(a64.registers.sp, a64.registers.sp, bytes);
    const { rsp } = x86.gpr;
    return this.random.chance(0.8) ? x86.addImmediate(rsp, bytes) : x86.lea(rsp, x86.at(rsp, bytes));
  }
}
