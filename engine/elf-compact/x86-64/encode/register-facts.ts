import { cfaFromFp, unitsOf } from './cfa-codes.ts';
import { FactList, popped, pushed } from './fact-list.ts';
import type { FunctionRows } from './function-rows.ts';
import { Instruction } from './instruction.ts';
import { Kind } from './instruction-operands.ts';
import { fpPosition, instructionNumbers, positionOfNumber, registerCount, slotOf } from './saved-registers.ts';

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
  readonly #list = new FactList();
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
    this.#list.clear();
    this.#firstFloating = 0;
    this.#targetCount = 0;
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
    this.#list.closeAll(rows.size);
    this.#dropFloating();
    this.#endAtTargets(rows);
  }

  /** Whether a register is equal to its slot from an offset to another, for a reason. */
  holds(position: number, slot: number, kind: number, from: number, to: number): boolean {
    return this.#list.holds(position, slot, kind, from, to);
  }

  #execute(next: number, row: number, cfa: number): void {
    const { kind, register, writes, stores, amount, target } = this.#instruction;
    switch (kind) {
      case Kind.push:
        this.#depth++;
        this.#closeSlots(this.#depth - 1, next);
        if (register >= 0 && positionOfNumber[register]! >= 0) {
          this.#list.close(positionOfNumber[register]!, next);
          this.#list.add(positionOfNumber[register]!, this.#depth - 1, pushed, this.#floating, next);
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
          this.#list.close(fpPosition, next);
          this.#list.add(fpPosition, 1, popped, false, next);
        } else this.#lose(next);
        return;
      case Kind.call:
        this.#list.closeAll(next);
        return;
      case Kind.end:
        this.#addTarget(target, row);
        this.#isPadding = true;
        return;
      case Kind.branch:
        this.#addTarget(target, row);
        return;
    }
    if ((writes & (1 << spNumber)) !== 0) this.#lose(next);
    if (writes !== 0 || stores) this.#change(writes, stores, next);
  }

  /** A register gets what is in a slot. */
  #load(register: number, slot: number, floats: boolean, next: number): void {
    if (register === spNumber) this.#lose(next);
    const position = positionOfNumber[register]!;
    if (position < 0) return;
    this.#list.close(position, next);
    if (Number.isInteger(slot) && slot > nowhere) this.#list.add(position, slot, popped, floats, next);
  }

  /** A slot is overwritten. */
  #closeSlots(slot: number, next: number): void {
    const floats = this.#floating ? 1 : 0;
    for (let position = 0; position < registerCount; position++) {
      const open = this.#list.open[position]!;
      if (open >= 0 && (this.#list.slot[open] === slot || this.#list.floats[open] !== floats))
        this.#list.close(position, next);
    }
  }

  /** RSP has gone up: what is pushed below it may be overwritten at any time. */
  #uncover(next: number): void {
    for (let position = 0; position < registerCount; position++) {
      const open = this.#list.open[position]!;
      if (open >= 0 && this.#list.kind[open] === pushed && this.#list.slot[open]! >= this.#depth)
        this.#list.close(position, next);
    }
  }

  #change(writes: number, stores: boolean, next: number): void {
    for (let position = 0; position < registerCount; position++) {
      const open = this.#list.open[position]!;
      if (open < 0) continue;
      const written = ((writes >> instructionNumbers[position]!) & 1) !== 0;
      if (written || (stores && this.#list.kind[open] === pushed)) this.#list.close(position, next);
    }
  }

  /** A row says how far the CFA is from RSP. */
  #arriveAt(cfa: number, at: number): void {
    if (!this.#floating && this.#depth !== cfa) this.#list.closeAll(at);
    this.#settle(cfa, at);
  }

  /** The depth is known from here on and, if it floated, from where it began to. */
  #settle(depth: number, at: number): void {
    if (this.#floating) {
      const difference = depth - this.#depth;
      for (let fact = this.#firstFloating; fact < this.#list.count; fact++) {
        if (this.#list.floats[fact] === 0) continue;
        this.#list.slot[fact]! += difference;
        this.#list.floats[fact] = 0;
      }
      this.#floating = false;
    }
    this.#depth = depth;
    this.#uncover(at);
  }

  /** RSP is set to where the depth is known. */
  #jumpTo(depth: number, at: number): void {
    for (let position = 0; position < registerCount; position++) {
      const open = this.#list.open[position]!;
      if (open >= 0 && this.#list.floats[open] === 1) this.#list.close(position, at);
    }
    this.#dropFloating();
    this.#floating = false;
    this.#depth = depth;
    this.#uncover(at);
  }

  /** RSP is unknown from here on. */
  #lose(at: number): void {
    this.#list.closeAll(at);
    this.#dropFloating();
    this.#floating = true;
    this.#depth = 0;
    this.#isPadding = false;
  }

  /** Where those slots are will never be known. */
  #dropFloating(): void {
    for (let fact = this.#firstFloating; fact < this.#list.count; fact++) {
      if (this.#list.floats[fact] === 1) this.#list.kind[fact] = 0;
    }
    this.#firstFloating = this.#list.count;
  }

  #addTarget(target: number, row: number): void {
    if (target < 0) return;
    if (this.#targetCount === this.#targets.length) {
      this.#targets = doubled(this.#targets);
      this.#sources = doubled(this.#sources);
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
      for (let fact = 0; fact < this.#list.count; fact++) {
        if (target < this.#list.from[fact]! || target >= this.#list.to[fact]!) continue;
        if (this.#list.kind[fact] === popped && slotOf(saved, this.#list.position[fact]!) === 0) continue;
        this.#list.to[fact] = target;
      }
    }
  }
}

function doubled(words: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * words.length);
  larger.set(words);
  return larger;
}
