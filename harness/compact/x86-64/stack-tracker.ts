import { type Instruction, map0F } from './instruction.ts';
import { RBP, RSP, registersWritten } from './register-writes.ts';

const unknown = Number.NaN;
const registerCount = 16;
/** Bytes of the largest store. */
const largestStore = 64;

/** Register numbers of instructions → columns, which are DWARF's numbers. */
export const columnOfRegister: readonly number[] = [0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15];

/**
 * Follows the stack pointer and what is pushed and popped through code that lies in one piece. Positions are bytes from
 * the CFA that DWARF names. Whatever cannot be told is NaN, what is reached by jumps only starts anew, and
 * what jumps reach, too, keeps what holds for them as well.
 */
export class StackTracker {
  /** Where RSP and RBP point. */
  #rsp = unknown;
  #rbp = unknown;
  /** By register: the position it was last loaded from, if it was not written since. */
  readonly #loaded = new Float64Array(registerCount);
  /** By register: the position that holds what it holds, stored when it was the caller's. */
  readonly #stored = new Float64Array(registerCount);
  /**
   * Where RSP is not known: how far it has moved since it was, and what was loaded meanwhile, counted from there. It
   * tells positions as soon as DWARF says where the CFA is from RSP.
   */
  #moved = 0;
  readonly #loadedSince = new Float64Array(registerCount);

  /** Forgets everything: what follows is reached from elsewhere. */
  restart(): void {
    this.#rbp = unknown;
    this.#loaded.fill(unknown);
    this.#stored.fill(unknown);
    this.#loseStackPointer();
  }

  /** DWARF says here that CFA = RSP or RBP + offset; what contradicts that was about another frame. */
  tie(register: typeof RSP | typeof RBP, offset: number): void {
    const position = register === RSP ? this.#rsp : this.#rbp;
    if (position === -offset) return;
    if (!Number.isNaN(position)) this.restart();
    if (register === RBP) this.#rbp = -offset;
    else {
      this.#rsp = -offset;
      const shift = -offset - this.#moved;
      for (let i = 0; i < registerCount; i++) {
        const since = this.#loadedSince[i]!;
        if (!Number.isNaN(since)) this.#loaded[i] = since + shift;
      }
    }
  }

  /**
   * Jumps lead here, too: they have executed nothing of what was followed. Only registers that DWARF says to be the caller's
   * at all of the jumps (`unsaved`, columns as bits) hold here what they hold behind a load from their slot.
   */
  join(unsaved: number): void {
    this.#stored.fill(unknown);
    for (let i = 0; i < registerCount; i++) {
      if (((unsaved >> columnOfRegister[i]!) & 1) !== 0) continue;
      this.#loaded[i] = unknown;
      this.#loadedSince[i] = unknown;
    }
  }

  /** DWARF says of columns (as bits) that they are not saved any more. */
  release(columns: number): void {
    if (columns === 0) return;
    for (let i = 0; i < registerCount; i++) {
      if (((columns >> columnOfRegister[i]!) & 1) !== 0) this.#stored[i] = unknown;
    }
  }

  /** Positions of what a register holds, too: where it was loaded from and where it was stored; NaN where it was not. */
  loadedFrom(register: number): number {
    return this.#loaded[register]!;
  }

  storedAt(register: number): number {
    return this.#stored[register]!;
  }

  /** Whether a register holds what was loaded from CFA + offset. */
  isLoaded(register: number, offset: number): boolean {
    return this.#loaded[register] === offset;
  }

  /** Whether CFA + offset, which is not below RSP, holds what the register holds, which is the caller's. */
  isStored(register: number, offset: number): boolean {
    return this.#stored[register] === offset && offset >= this.#rsp;
  }

  /**
   * Goes over an instruction; `unsaved` are the columns, as bits, that DWARF says before it still to be the caller's.
   * Returns false where execution does not go on behind it.
   */
  step(instruction: Instruction, unsaved: number): boolean {
    const { map, opcode } = instruction;
    if (map === 0 && this.#stepStack(instruction, unsaved)) return true;
    if (map === map0F && this.#stepSegment(instruction)) return true;
    this.#storeToStack(instruction);
    this.#write(registersWritten(instruction));
    if (map === map0F) return opcode !== 0x0b;
    return map !== 0 || !endsPath(instruction);
  }

  /** True where the instruction is one of those that set up and take down frames. */
  #stepStack(instruction: Instruction, unsaved: number): boolean {
    const { opcode, rm, reg, mod, operand16, immediate } = instruction;
    if (opcode >= 0x50 && opcode < 0x60 && !operand16) {
      if (opcode < 0x58) this.#push(rm, unsaved);
      else this.#pop(rm);
      return true;
    }
    switch (opcode) {
      case 0x68:
      case 0x6a:
      case 0x9c:
        this.#push(-1, 0);
        return true;
      case 0x9d:
        this.#addToStackPointer(8);
        return true;
      case 0xc9:
        this.#leave();
        return true;
      case 0x81:
      case 0x83:
        if (mod !== 3 || rm !== RSP || (reg !== 0 && reg !== 5) || !instruction.wide) return false;
        this.#addToStackPointer(reg === 0 ? immediate : -immediate);
        return true;
      case 0x89:
      case 0x8b: {
        const to = opcode === 0x89 ? rm : reg;
        const from = opcode === 0x89 ? reg : rm;
        if (mod === 3) return this.#copy(to, from, instruction.wide);
        return this.#access(instruction, unsaved);
      }
      case 0x8d: {
        if (reg !== RSP && reg !== RBP) return false;
        if (reg === RSP && instruction.base === RSP && !instruction.hasIndex) {
          this.#addToStackPointer(instruction.displacement);
          return true;
        }
        const position = this.#operand(instruction);
        this.#write(1 << reg);
        if (reg === RSP) this.#setStackPointer(position);
        else this.#rbp = position;
        return true;
      }
      case 0xff:
        if ((reg & 7) !== 6) return false;
        this.#push(-1, 0);
        return true;
      case 0x8f:
        this.#write(mod === 3 ? 1 << rm : 0);
        this.#storeToStack(instruction);
        this.#addToStackPointer(8);
        return true;
      default:
        return false;
    }
  }

  /** True where the instruction pushes or pops FS or GS. */
  #stepSegment({ opcode, vex }: Instruction): boolean {
    if (vex || (opcode & 0xf6) !== 0xa0) return false;
    if ((opcode & 1) === 0) this.#push(-1, 0);
    else this.#addToStackPointer(8);
    return true;
  }

  #push(register: number, unsaved: number): void {
    this.#addToStackPointer(-8);
    this.#store(register, this.#rsp, unsaved);
  }

  #pop(register: number): void {
    this.#write(1 << register);
    if (register === RSP) return;
    this.#load(register, 0);
    this.#addToStackPointer(8);
  }

  #leave(): void {
    this.#setStackPointer(this.#rbp);
    this.#pop(RBP);
  }

  /** `mov` between registers; true where one of them is RSP or RBP, and the other the other. */
  #copy(to: number, from: number, wide: boolean): boolean {
    if (!wide || !((to === RBP && from === RSP) || (to === RSP && from === RBP))) return false;
    const position = to === RBP ? this.#rsp : this.#rbp;
    this.#write(1 << to);
    if (to === RSP) this.#setStackPointer(position);
    else this.#rbp = position;
    return true;
  }

  /** `mov` of 8 bytes between a register and the stack; true where it is that. */
  #access(instruction: Instruction, unsaved: number): boolean {
    const { base, hasIndex, wide, opcode, reg, displacement } = instruction;
    if (!wide || hasIndex || (base !== RSP && base !== RBP)) return false;
    const position = this.#operand(instruction);
    if (opcode === 0x89) {
      if (Number.isNaN(position)) return false;
      this.#store(reg, position, unsaved);
      return true;
    }
    this.#write(1 << reg);
    if (reg === RSP) return true;
    if (base === RSP) this.#load(reg, displacement);
    else this.#loaded[reg] = position;
    return true;
  }

  /** A register is loaded from a distance from RSP. */
  #load(register: number, distance: number): void {
    if (Number.isNaN(this.#rsp)) this.#loadedSince[register] = this.#moved + distance;
    else this.#loaded[register] = this.#rsp + distance;
  }

  /** Position of a memory operand in the stack, NaN where it is not known, or elsewhere. */
  #operand({ base, mod, hasIndex, displacement }: Instruction): number {
    if (mod === 3 || hasIndex) return unknown;
    return (base === RSP ? this.#rsp : base === RBP ? this.#rbp : unknown) + displacement;
  }

  #addToStackPointer(distance: number): void {
    if (Number.isNaN(this.#rsp)) this.#moved += distance;
    else this.#setStackPointer(this.#rsp + distance);
  }

  /** What lies below the stack pointer may be overwritten at any time. */
  #setStackPointer(position: number): void {
    if (Number.isNaN(position)) {
      this.#loseStackPointer();
      return;
    }
    this.#rsp = position;
    const stored = this.#stored;
    for (let i = 0; i < registerCount; i++) if (stored[i]! < position) stored[i] = unknown;
  }

  #loseStackPointer(): void {
    this.#rsp = unknown;
    this.#moved = 0;
    this.#loadedSince.fill(unknown);
  }

  /** A register (-1: something else) is stored. */
  #store(register: number, position: number, unsaved: number): void {
    this.#overwrite(position, 8);
    if (register < 0) return;
    if (((unsaved >> columnOfRegister[register]!) & 1) !== 0) this.#stored[register] = position;
  }

  #overwrite(position: number, size: number): void {
    const stored = this.#stored;
    for (let i = 0; i < registerCount; i++) {
      if (stored[i]! + 8 > position && stored[i]! < position + size) stored[i] = unknown;
    }
  }

  /** An instruction that may store anything to where its operand is. */
  #storeToStack(instruction: Instruction): void {
    const { hasModRm, mod, base, hasIndex, map, opcode } = instruction;
    if (!hasModRm || mod === 3 || (base !== RSP && base !== RBP)) return;
    // LEA and the long NOP only look like it.
    if ((map === 0 && opcode === 0x8d) || (map === map0F && opcode === 0x1f)) return;
    const position = this.#operand(instruction);
    if (hasIndex || Number.isNaN(position)) this.#stored.fill(unknown);
    else this.#overwrite(position, largestStore);
  }

  #write(registers: number): void {
    if (registers === 0) return;
    if ((registers & (1 << RSP)) !== 0) this.#loseStackPointer();
    if ((registers & (1 << RBP)) !== 0) this.#rbp = unknown;
    for (let i = 0; i < registerCount; i++) {
      if ((registers & (1 << i)) === 0) continue;
      this.#loaded[i] = unknown;
      this.#loadedSince[i] = unknown;
      this.#stored[i] = unknown;
    }
  }
}

/** Returns, jumps, and what does not return. */
function endsPath({ opcode, reg }: Instruction): boolean {
  switch (opcode) {
    case 0xc2:
    case 0xc3:
    case 0xca:
    case 0xcb:
    case 0xcc:
    case 0xcf:
    case 0xe9:
    case 0xeb:
    case 0xf4:
      return true;
    case 0xff:
      return (reg & 7) === 4 || (reg & 7) === 5;
    default:
      return false;
  }
}
