import { cfaFromFp, unitsOf } from './cfa-codes.ts';
import type { FunctionRows } from './function-rows.ts';
import { Instruction, Kind } from './instruction.ts';
import { fpPosition, instructionNumbers, positionOfNumber, registerCount, slotOf } from './saved-registers.ts';

export const pushed = 1;
export const popped = 2;

/** A slot that is none. */
const nowhere = -0x4000_0000;
/** RSP, as instructions number it. */
const spNumber = 4;

/**
 * What the code bytes of a function prove: from where to where a register is equal to a slot, because it was pushed there
 * or popped from there and neither has changed since. Found by reading the code from end to end; the rows say where RSP is.
 * Where the code cannot be read, or does something else to the stack, nothing is proven.
 */
export class RegisterFacts {
  count = 0;
  #position = new Int8Array(64);
  #slot = new Int32Array(64);
  /** `pushed`, `popped`, or 0 where it turned out to be nothing. */
  #kind = new Int8Array(64);
  /** 1 where the slot is still counted from an unknown place. */
  #floats = new Int8Array(64);
  #from = new Int32Array(64);
  #to = new Int32Array(64);
  /** By register: the fact that still holds at the place read, or -1. */
  readonly #open = new Int32Array(registerCount).fill(-1);
  /** Facts before this one do not float. */
  #firstFloating = 0;
  /** Units from RSP to the CFA or, where floating, to an unknown place. */
  #depth = 0;
  #floating = true;
  /** Behind the last instruction executed: padding, up to the end of the row. */
  #isPadding = false;
  /** Where jumps lead, and the row they are in. */
  #targets = new Int32Array(64);
  #sources = new Int32Array(64);
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
    for (let row = 0; row < rows.count; row++) {
      const end = rows.start[row + 1]!;
      let at = rows.start[row]!;
      if (this.#isPadding) this.#lose(at);
      const cfa = unitsOf(rows.cfa[row]!);
      if (cfa !== cfaFromFp) this.#arriveAt(cfa, at);
      while (at < end) {
        const isRead = instruction.read(code, at);
        const next = at + instruction.length;
        // An instruction across the boundary of rows: what was read is not what is executed.
        if (!isRead || next > end) {
          this.#lose(at);
          break;
        }
        if (this.#isPadding && instruction.kind !== Kind.nop && instruction.kind !== Kind.end) this.#lose(at);
        this.#execute(next, row, cfa);
        at = next;
      }
    }
    this.#closeAll(rows.size);
    this.#dropFloating();
    this.#endAtTargets(rows);
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

  #execute(next: number, row: number, cfa: number): void {
    const { kind, register, writes, stores, amount, target } = this.#instruction;
    switch (kind) {
      case Kind.push:
        this.#depth++;
        this.#closeSlots(this.#depth - 1, next);
        if (register >= 0 && positionOfNumber[register]! >= 0) {
          this.#close(positionOfNumber[register]!, next);
          this.#add(positionOfNumber[register]!, this.#depth - 1, pushed, this.#floating, next);
        }
        return;
      case Kind.pop: {
        const slot = --this.#depth;
        this.#uncover(next);
        if (register >= 0) this.#load(register, slot, this.#floating, next);
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
        if (cfa === cfaFromFp && (amount & 7) === 0) this.#jumpTo(2 - amount / 8, next);
        else this.#lose(next);
        return;
      case Kind.loadFromSp:
        this.#load(register, this.#depth - 1 - amount / 8, this.#floating, next);
        return;
      case Kind.loadFromFp:
        this.#load(register, cfa === cfaFromFp ? 1 - amount / 8 : nowhere, false, next);
        return;
      case Kind.leave:
        if (cfa === cfaFromFp) {
          this.#jumpTo(1, next);
          this.#close(fpPosition, next);
          this.#add(fpPosition, 1, popped, false, next);
        } else this.#lose(next);
        return;
      case Kind.call:
        this.#closeAll(next);
        return;
      case Kind.end:
        this.#addTarget(target, row);
        this.#isPadding = true;
        return;
      case Kind.branch:
        this.#addTarget(target, row);
        return;
    }
    if ((writes & (1 << 4)) !== 0) this.#lose(next);
    if (writes !== 0 || stores) this.#change(writes, stores, next);
  }

  /** A register gets what is in a slot. */
  #load(register: number, slot: number, floats: boolean, next: number): void {
    if (register === spNumber) this.#lose(next);
    const position = positionOfNumber[register]!;
    if (position < 0) return;
    this.#close(position, next);
    if (Number.isInteger(slot) && slot > nowhere) this.#add(position, slot, popped, floats, next);
  }

  /** A slot is overwritten. */
  #closeSlots(slot: number, next: number): void {
    const floats = this.#floating ? 1 : 0;
    for (let position = 0; position < registerCount; position++) {
      const open = this.#open[position]!;
      if (open >= 0 && (this.#slot[open] === slot || this.#floats[open] !== floats)) this.#close(position, next);
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
      for (let fact = this.#firstFloating; fact < this.count; fact++) {
        if (this.#floats[fact] === 0) continue;
        this.#slot[fact]! += difference;
        this.#floats[fact] = 0;
      }
      this.#floating = false;
    }
    this.#depth = depth;
    this.#uncover(at);
  }

  /** RSP is set to where the depth is known. */
  #jumpTo(depth: number, at: number): void {
    for (let position = 0; position < registerCount; position++) {
      const open = this.#open[position]!;
      if (open >= 0 && this.#floats[open] === 1) this.#close(position, at);
    }
    this.#dropFloating();
    this.#floating = false;
    this.#depth = depth;
    this.#uncover(at);
  }

  /** RSP is unknown from here on. */
  #lose(at: number): void {
    this.#closeAll(at);
    this.#dropFloating();
    this.#floating = true;
    this.#depth = 0;
    this.#isPadding = false;
  }

  /** Where those slots are will never be known. */
  #dropFloating(): void {
    for (let fact = this.#firstFloating; fact < this.count; fact++) {
      if (this.#floats[fact] === 1) this.#kind[fact] = 0;
    }
    this.#firstFloating = this.count;
  }

  #add(position: number, slot: number, kind: number, floats: boolean, from: number): void {
    const fact = this.count++;
    if (fact === this.#slot.length) this.#grow();
    this.#position[fact] = position;
    this.#slot[fact] = slot;
    this.#kind[fact] = kind;
    this.#floats[fact] = floats ? 1 : 0;
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

  #addTarget(target: number, row: number): void {
    if (target < 0) return;
    if (this.#targetCount === this.#targets.length) {
      this.#targets = copied(this.#targets, new Int32Array(2 * this.#targetCount));
      this.#sources = copied(this.#sources, new Int32Array(2 * this.#targetCount));
    }
    this.#targets[this.#targetCount] = target;
    this.#sources[this.#targetCount++] = row;
  }

  /**
   * Whoever jumps behind a push or pop has not executed it. Where a register is not saved at the jump, it has its value
   * behind the pop all the same.
   */
  #endAtTargets(rows: FunctionRows): void {
    for (let i = 0; i < this.#targetCount; i++) {
      const target = this.#targets[i]!;
      const saved = rows.saved[this.#sources[i]!]!;
      for (let fact = 0; fact < this.count; fact++) {
        if (target < this.#from[fact]! || target >= this.#to[fact]!) continue;
        if (this.#kind[fact] === popped && slotOf(saved, this.#position[fact]!) === 0) continue;
        this.#to[fact] = target;
      }
    }
  }

  #grow(): void {
    const length = 2 * this.#slot.length;
    this.#position = copied(this.#position, new Int8Array(length));
    this.#kind = copied(this.#kind, new Int8Array(length));
    this.#floats = copied(this.#floats, new Int8Array(length));
    this.#slot = copied(this.#slot, new Int32Array(length));
    this.#from = copied(this.#from, new Int32Array(length));
    this.#to = copied(this.#to, new Int32Array(length));
  }
}

function copied<Words extends Int8Array | Int32Array>(words: Words, into: Words): Words {
  into.set(words);
  return into;
}
