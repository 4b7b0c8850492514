import type { Architecture } from '../../engine/index.ts';
import { InstructionKind } from '../truth/instruction-kind/kind.ts';
import type { ShadowFrame } from '../truth/shadow-frame.ts';
import type { ShadowStacks } from '../truth/shadow-stacks.ts';

/** Follows control from instruction to instruction, and keeps the shadow stacks up to date with how it came there. */
export class ControlFlow {
  /** The instruction is the first one behind a call or a return. */
  isTransfer = false;
  readonly #architecture: Architecture;
  readonly #registers: Uint32Array;
  readonly #shadow: ShadowStacks;
  #lastKind: number = InstructionKind.other;
  /** The instruction that was last let execute moves SP by a register, and the one before it did. */
  #movesStack = false;
  #hasMovedStack = false;
  /** The instruction that was last let execute, and the one behind it. */
  #attemptedLo = 0;
  #attemptedHi = 0;
  #nextLo = 0;
  #nextHi = 0;

  constructor(architecture: Architecture, registers: Uint32Array, shadow: ShadowStacks) {
    this.#architecture = architecture;
    this.#registers = registers;
    this.#shadow = shadow;
  }

  /**
   * Control is at PC, where an instruction of this kind is. Returns the callee-saved column that a function has returned
   * without preserving, or -1.
   */
  arrive(kind: number, pcLo: number, pcHi: number): number {
    this.isTransfer = false;
    let changed = -1;
    const isNext = pcLo === this.#nextLo && pcHi === this.#nextHi;
    if (this.#lastKind === InstructionKind.call) {
      if (kind !== InstructionKind.losesReturn) {
        this.#shadow.call(this.#registers, this.#nextLo, this.#nextHi);
        this.isTransfer = true;
      }
    } else if (this.#lastKind === InstructionKind.indirect) {
      const returned = this.#shadow.transfer(
        this.#registers,
        this.#attemptedLo,
        this.#attemptedHi,
        this.#hasMovedStack,
      );
      if (returned !== null) {
        this.isTransfer = true;
        changed = this.#changed(returned);
        if (changed >= 0) return changed;
      }
    } else if (isNext) {
      this.#shadow.dropPopped(this.#registers);
      // SP may have passed frames by the instruction just before a jump out of them.
      this.#shadow.dropDead(this.#registers);
    } else {
      this.#shadow.jump(this.#registers, this.#attemptedLo, this.#attemptedHi);
    }
    this.resume(pcLo, pcHi);
    return changed;
  }

  /** The instruction at PC, of `size` bytes, is let execute. */
  attempt(kind: number, pcLo: number, pcHi: number, size: number): void {
    this.#hasMovedStack = this.#movesStack;
    this.#movesStack = kind === InstructionKind.movesStack;
    this.#lastKind = kind === InstructionKind.losesReturn || this.#movesStack ? InstructionKind.other : kind;
    this.#attemptedLo = pcLo;
    this.#attemptedHi = pcHi;
    const next = pcLo + size;
    this.#nextLo = next >>> 0;
    this.#nextHi = next > 0xffffffff ? (pcHi + 1) >>> 0 : pcHi;
  }

  /** The next instruction is the one at this PC, reached neither by a call nor by a jump. */
  resume(pcLo: number, pcHi: number): void {
    this.#lastKind = InstructionKind.other;
    this.#nextLo = pcLo;
    this.#nextHi = pcHi;
  }

  /** Whether this instruction was the last to be let execute. */
  isAttempted(pcLo: number, pcHi: number): boolean {
    return pcLo === this.#attemptedLo && pcHi === this.#attemptedHi;
  }

  /** Whether the last instruction let execute, or a resumption, has led to this PC without its having been seen. */
  isUnseen(pcLo: number, pcHi: number): boolean {
    return this.#lastKind !== InstructionKind.other || pcLo !== this.#nextLo || pcHi !== this.#nextHi;
  }

  /** A callee-saved column that differs from what the caller had, or -1. */
  #changed(caller: ShadowFrame): number {
    for (const column of this.#architecture.calleeSaved) {
      if (
        caller.registers[2 * column] !== this.#registers[2 * column] ||
        caller.registers[2 * column + 1] !== this.#registers[2 * column + 1]
      ) {
        return column;
      }
    }
    return -1;
  }
}
