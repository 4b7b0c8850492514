import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { Instruction, Item } from '../../assembly/index.ts';
import { type CfiDirective, cfi } from '../../cfi/index.ts';
import type { Random } from '../../random.ts';
import type { Machine } from './machine.ts';
import { machineOf } from './machine-of.ts';

/**
 * Writes a function whose CFI a scenario states by hand, directive by directive. Registers are DWARF numbers. The frame
 * that `open` makes has the return address at CFA - 8 and 8-byte slots below it, on both architectures.
 */
export class HandWriter {
  readonly machine: Machine;
  readonly random: Random;
  /** Registers that `work` must leave alone. */
  readonly kept = new Set<number>();
  /** How the CFA is stated, given its distance from SP. */
  stateCfa: (depth: number) => CfiDirective = (depth) => cfi.defCfaOffset(depth);
  /** Added to the address a frame's CFA has by the ABI's convention. */
  bias = 0;
  readonly #items: Item[];
  #size = 0;
  #savesLink = false;
  readonly #remembered: { readonly size: number; readonly savesLink: boolean }[] = [];

  constructor(architecture: ArchitectureName, items: Item[], random: Random) {
    this.machine = machineOf(architecture);
    this.random = random;
    this.#items = items;
  }

  /** Distance from SP to the CFA. */
  get depth(): number {
    return this.machine.entryDepth + this.#size + this.bias;
  }

  emit(...instructions: readonly Instruction[]): void {
    this.#items.push(...instructions);
  }

  cfi(...directives: readonly CfiDirective[]): void {
    this.#items.push(...directives.map((directive) => ({ cfi: directive })));
  }

  /** Moves SP down by `bytes`, and the CFA away from it. */
  grow(bytes: number): void {
    const { machine } = this;
    this.emit(machine.add(machine.sp, machine.sp, -bytes));
    this.#size += bytes;
    this.cfi(this.stateCfa(this.depth));
  }

  /** What `grow` does, undone. */
  shrink(bytes: number): void {
    const { machine } = this;
    this.emit(machine.add(machine.sp, machine.sp, bytes));
    this.shrunk(bytes);
    this.cfi(this.stateCfa(this.depth));
  }

  /** SP has moved up by another instruction; the CFA is the caller's affair. */
  shrunk(bytes: number): void {
    this.#size -= bytes;
  }

  /** SP has moved down by other instructions; the CFA is the caller's affair. */
  grown(bytes: number): void {
    this.#size += bytes;
  }

  /** Makes a frame with room for `slots` registers; the link register is saved unless the function is a leaf. */
  open(slots: number, leaf = false): void {
    const { machine } = this;
    const linked = machine.architecture === 'aarch64';
    const needed = machine.entryDepth + 8 * slots + (linked ? 8 : 0);
    this.grow(Math.ceil(needed / 16) * 16 - machine.entryDepth);
    this.#savesLink = linked && !leaf;
    if (this.#savesLink) {
      this.emit(machine.store(machine.sp, this.fromSp(-8), machine.returnAddress));
      this.cfi(savedAt(machine.returnAddress, -8 - this.bias));
    }
  }

  /** Undoes `open`; returns the frame's size, for `reopened`. */
  close(): number {
    const { machine } = this;
    const size = this.#size;
    if (this.#savesLink) {
      this.emit(machine.load(machine.returnAddress, machine.sp, this.fromSp(-8)));
      this.cfi(cfi.restore(machine.returnAddress));
    }
    this.shrink(size);
    return size;
  }

  /** Remembers the state, and the frame with it. */
  remember(): void {
    this.cfi(cfi.rememberState());
    this.#remembered.push({ size: this.#size, savesLink: this.#savesLink });
  }

  /** The code that follows has the frame that was remembered last. */
  restoreState(): void {
    const frame = this.#remembered.pop();
    if (frame === undefined) throw new Error('restoreState without remember');
    this.cfi(cfi.restoreState());
    this.#size = frame.size;
    this.#savesLink = frame.savesLink;
  }

  /** The code that follows has a frame of this size again; its CFI is the caller's affair. */
  reopened(size: number): void {
    this.#size = size;
  }

  /** Offset of a slot from the CFA as the ABI has it. */
  slot(index: number): number {
    return -16 - 8 * index;
  }

  /** Turns an offset from the CFA of the ABI into one from SP. */
  fromSp(offset: number): number {
    return offset + this.depth - this.bias;
  }

  /** Stores a register in a slot, without saying so. */
  put(register: number, slot: number): void {
    this.emit(this.machine.store(this.machine.sp, this.fromSp(this.slot(slot)), register));
  }

  /** Loads a register from a slot, without saying so. */
  get(register: number, slot: number): void {
    this.emit(this.machine.load(register, this.machine.sp, this.fromSp(this.slot(slot))));
  }

  /** Saves a register in a slot and says so. */
  save(register: number, slot: number): void {
    this.put(register, slot);
    this.cfi(savedAt(register, this.slot(slot) - this.bias));
  }

  /** Gives a register a random value. */
  clobber(register: number): void {
    this.emit(this.machine.scramble(this.random, register));
  }

  /** `count` instructions that change nothing but scratch registers that are not kept. */
  work(count: number): void {
    const free = this.machine.scratch.filter((register) => !this.kept.has(register));
    for (let i = 0; i < count; i++) this.emit(this.machine.work(this.random, free));
  }

  /** Work, a call where there is somebody to call, and work again. */
  body(next: string | undefined): void {
    this.work(this.random.between(1, 3));
    if (next !== undefined) this.emit(this.machine.call(next));
    this.work(this.random.between(1, 3));
  }

  ret(): void {
    this.emit(this.machine.ret());
  }
}

/** The directive for a register saved at CFA + offset, on whichever side. */
export function savedAt(register: number, offset: number): CfiDirective {
  return offset < 0 ? cfi.offset(register, offset) : cfi.offsetExtendedSf(register, offset);
}
