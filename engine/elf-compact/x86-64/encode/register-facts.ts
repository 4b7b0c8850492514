import type { FunctionRows } from './function-rows.ts';
import { Instruction, Kind } from './instruction.ts';
import { cfaFromFp } from './row-classes.ts';
import { fpPosition, instructionNumbers, positionOfNumber, registerCount } from './saved-registers.ts';

export const pushed = 1;
export const popped = 2;

/** How far RSP may be from the CFA, in units of 8 bytes, for anything to be saved there that descriptors can name. */
const farthest = 0x10_0000;

/**
 * What the code bytes of a function prove: from where to where a register is equal to a slot, because it was pushed there
 * or popped from there and neither has changed since. Found by reading the code from end to end; the rows say where RSP is.
 * Where the code cannot be read, or does something else to the stack, nothing is proven.
 */
export class RegisterFacts {
  count = 0;
  #position = new Int8Array(64);
  #slot = new Int32Array(64);
  #kind = new Int8Array(64);
  #from = new Int32Array(64);
  #to = new Int32Array(64);
  /** By register: the fact that still holds at the place read, or -1. */
  readonly #open = new Int32Array(registerCount).fill(-1);
  /** The first fact whose slot is still counted from an unknown place. */
  #firstFloating = 0;
  /** Units from RSP to the CFA or, where floating, to an unknown place. */
  #depth = 0;
  #floating = true;
  /** Behind the last instruction executed: padding, up to the end of the row. */
  #isPadding = false;
  #targets = new Int32Array(64);
  #targetCount = 0;
  readonly #instruction = new Instruction();

  /** Reads a function's code. */
  read(code: Uint8Array | undefined, rows: FunctionRows): void {
    this.count = 0;
    this.#firstFloating = 0;
    this.#targetCount = 0;
    this.#open.fill(-1);
    this.#floating = true;
    this.#isPadding = false;
    if (code === undefined || code.length < rows.size) return;
    const instruction = this.#instruction;
    let at = 0;
    for (let row = 0; row < rows.count; row++) {
      const end = rows.start[row + 1]!;
      // An instruction across the boundary of rows: what was read is not what is executed.
      if (this.#isPadding || at !== rows.start[row]) this.#lose(rows.start[row]!);
      at = rows.start[row]!;
      const cfa = rows.cfa[row]!;
      if (cfa !== cfaFromFp) this.#arriveAt(cfa, at);
      while (at < end) {
        if (!instruction.read(code, at)) {
          this.#lose(at);
          at = -1;
          break;
        }
        const next = at + instruction.length;
        if (this.#isPadding && instruction.kind !== Kind.nop && instruction.kind !== Kind.end) this.#lose(at);
        this.#execute(next, cfa);
        at = next;
      }
    }
    this.#closeAll(rows.size);
    this.#dropFloating();
    this.#endAtTargets();
  }

  /** Whether a register is equal to its slot from an offset to another, for a reason. */
  holds(position: number, slot: number, kind: number, from: number, to: number): boolean {
    for (let i = 0; i < this.count; i++) {
      if (
        this.#position[i] === position &&
        this.#slot[i] === slot &&
        this.#kind[i] === kind &&
        this.#from[i]! <= from &&
        this.#to[i]! >= to
      ) {
        return true;
      }
    }
    return false;
  }

  #execute(next: number, cfa: number): void {
    const { kind, register, writes, stores, amount, target } = this.#instruction;
    switch (kind) {
      case Kind.push:
        this.#depth++;
        this.#closeSlots(this.#depth - 1, next);
        if (register >= 0 && positionOfNumber[register]! >= 0) {
          this.#close(positionOfNumber[register]!, next);
          this.#add(positionOfNumber[register]!, this.#depth - 1, pushed, next);
        }
        return;
      case Kind.pop: {
        const slot = --this.#depth;
        this.#uncover(next);
        const position = register < 0 ? -1 : positionOfNumber[register]!;
        if (register === 4) this.#lose(next);
        else if (position >= 0) {
          this.#close(position, next);
          this.#add(position, slot, popped, next);
        }
        return;
      }
      case Kind.moveSp:
        if ((amount & 7) !== 0) this.#lose(next);
        else {
          this.#depth -= amount / 8;
          this.#uncover(next);
        }
        return;
      case Kind.spFromFp:
        if (cfa === cfaFromFp && (amount & 7) === 0) this.#settle(2 - amount / 8, next);
        else this.#lose(next);
        return;
      case Kind.leave:
        this.#close(fpPosition, next);
        if (cfa === cfaFromFp) {
          this.#settle(1, next);
          this.#add(fpPosition, 1, popped, next);
        } else this.#lose(next);
        return;
      case Kind.call:
        this.#closeAll(next);
        return;
      case Kind.end:
        this.#addTarget(target);
        this.#isPadding = true;
        return;
      case Kind.branch:
        this.#addTarget(target);
        return;
    }
    if ((writes & (1 << 4)) !== 0) this.#lose(next);
    if (writes !== 0 || stores) this.#change(writes, stores, next);
  }

  /** A slot is overwritten. */
  #closeSlots(slot: number, next: number): void {
    for (let position = 0; position < registerCount; position++) {
      const open = this.#open[position]!;
      if (open >= 0 && this.#slot[open] === slot) this.#close(position, next);
    }
  }

  /** RSP has gone up: what is pushed below it may be overwritten at any time. */
  #uncover(next: number): void {
    for (let position = 0; position < registerCount; position++) {
      const open = this.#open[position]!;
      if (open >= 0 && this.#kind[open] === pushed && this.#slot[open]! >= this.#depth) this.#close(position, next);
    }
  }

  #change(writes: number, stores: boolean, next: number): void {
    for (let position = 0; position < registerCount; position++) {
      const open = this.#open[position]!;
      if (open < 0) continue;
      const written = ((writes >> instructionNumbers[position]!) & 1) !== 0;
      if (written || (stores && this.#kind[open] === pushed)) this.#close(position, next);
    }
  }

  /** A row says how far the CFA is from RSP. */
  #arriveAt(cfa: number, at: number): void {
    if (!this.#floating && this.#depth !== cfa) this.#closeAll(at);
    this.#settle(cfa, at);
  }

  /** The depth is known from here on and, if it floated, from where it began to. */
  #settle(depth: number, at: number): void {
    if (this.#floating) {
      const difference = depth - this.#depth;
      for (let i = this.#firstFloating; i < this.count; i++) this.#slot[i]! += difference;
      this.#firstFloating = this.count;
      this.#floating = false;
    }
    this.#depth = depth;
    this.#uncover(at);
  }

  /** RSP is unknown from here on. */
  #lose(at: number): void {
    this.#closeAll(at);
    this.#dropFloating();
    this.#floating = true;
    this.#firstFloating = this.count;
    this.#depth = 0;
    this.#isPadding = false;
  }

  #dropFloating(): void {
    if (this.#floating) this.count = this.#firstFloating;
  }

  #add(position: number, slot: number, kind: number, from: number): void {
    if (slot > farthest || slot < -farthest) return;
    const fact = this.count++;
    if (fact === this.#slot.length) this.#grow();
    this.#position[fact] = position;
    this.#slot[fact] = slot;
    this.#kind[fact] = kind;
    this.#from[fact] = from;
    this.#to[fact] = from;
    this.#open[position] = fact;
  }

  /** The register holds until the instruction that ends here has been executed. */
  #close(position: number, at: number): void {
    const open = this.#open[position]!;
    if (open >= 0) this.#to[open] = at;
    this.#open[position] = -1;
  }

  #closeAll(at: number): void {
    for (let position = 0; position < registerCount; position++) this.#close(position, at);
  }

  #addTarget(target: number): void {
    if (target < 0) return;
    if (this.#targetCount === this.#targets.length) {
      const larger = new Int32Array(2 * this.#targetCount);
      larger.set(this.#targets);
      this.#targets = larger;
    }
    this.#targets[this.#targetCount++] = target;
  }

  /** Whoever jumps behind a push or pop has not executed it. */
  #endAtTargets(): void {
    for (let i = 0; i < this.#targetCount; i++) {
      const target = this.#targets[i]!;
      for (let fact = 0; fact < this.count; fact++) {
        if (this.#from[fact]! <= target && target < this.#to[fact]!) this.#to[fact] = target;
      }
    }
  }

  #grow(): void {
    const length = 2 * this.#slot.length;
    this.#position = copied(this.#position, new Int8Array(length));
    this.#kind = copied(this.#kind, new Int8Array(length));
    this.#slot = copied(this.#slot, new Int32Array(length));
    this.#from = copied(this.#from, new Int32Array(length));
    this.#to = copied(this.#to, new Int32Array(length));
  }
}

function copied<Words extends Int8Array | Int32Array>(words: Words, into: Words): Words {
  into.set(words);
  return into;
}
