import { moveSize } from '../stack-instructions.ts';
import type { Frame } from './frame.ts';
import type { FunctionRows } from './function-rows.ts';
import { popped, pushed, type RegisterFacts } from './register-facts.ts';
import { cfaFromFp } from './row-classes.ts';
import { registerCount, slotOf } from './saved-registers.ts';

const mostBytes = 0xff;
/** State at a function's entry. */
const entryUnits = 1;

/**
 * Tries one frame at a time: how far a descriptor of it that starts at an offset can be exact. The result is in the fields.
 */
export class Cover {
  /** First offset not covered. */
  end = 0;
  prologue = 0;
  inner = 0;
  epilogue = 0;
  /** Parts of rows that are said as they are, and for the reasons named in `DescriptorEncoder`. */
  strict = 0;
  popped = 0;
  pushed = 0;
  /** Facts are asked for only if they are needed; reading the code takes time. */
  readonly #facts: RegisterFacts;
  readonly #rows: FunctionRows;
  readonly #code: () => Uint8Array | undefined;
  #factsRead = false;
  /** The row that was looked at last. */
  #row = 0;

  constructor(rows: FunctionRows, facts: RegisterFacts, code: () => Uint8Array | undefined) {
    this.#rows = rows;
    this.#facts = facts;
    this.#code = code;
  }

  /** Another function is in the rows. */
  reset(): void {
    this.#factsRead = false;
  }

  /** Tries the frame without anything in it. */
  tryNull(row: number, from: number): void {
    this.#begin();
    this.#row = row;
    this.end = this.#extend(from, this.#rows.size, entryUnits, 0);
  }

  /** Tries a frame whose body begins with a row, or at `from` where that is in the row. False where it is not exact. */
  tryFrame(frame: Frame, from: number, body: number): boolean {
    this.#begin();
    const { start, size } = this.#rows;
    const bodyStart = Math.max(start[body]!, from);
    this.prologue = bodyStart - from;
    if (this.prologue > mostBytes) return false;
    if (this.prologue > 0) {
      this.#row = body - 1;
      const isExact =
        frame.cfa === cfaFromFp ? this.#tryFpPrologue(from, bodyStart) : this.#tryPrologue(frame, from, bodyStart);
      if (!isExact) return false;
    }
    this.#row = body;
    const epilogueStart = this.#extend(bodyStart, size, frame.cfa, frame.saved);
    this.end = epilogueStart;
    if (epilogueStart === bodyStart) return false;
    if (epilogueStart < size) this.#tryEpilogue(frame, epilogueStart);
    return true;
  }

  #begin(): void {
    this.prologue = 0;
    this.inner = 0;
    this.epilogue = 0;
    this.strict = 0;
    this.popped = 0;
    this.pushed = 0;
  }

  /** Goes back from the body: the states after each push last as long as what follows them takes. */
  #tryPrologue(frame: Frame, from: number, bodyStart: number): boolean {
    const { count, pushSize, firstSaved, allocation } = frame;
    let end = bodyStart;
    for (let k = count; k > 0 && end > from; k--) {
      const duration = k === count ? allocation : pushSize[k + 1]!;
      if (duration === 0) continue;
      const start = Math.max(end - duration, from);
      if (!this.#agreesBack(start, end, k + 1, firstSaved[k]!)) return false;
      end = start;
    }
    return this.#agreesBack(from, end, entryUnits, 0);
  }

  /** The state while other registers are saved, after `push rbp`, and before. */
  #tryFpPrologue(from: number, bodyStart: number): boolean {
    const { start, cfa } = this.#rows;
    let moved = this.#row + 1;
    while (moved > 0 && cfa[moved - 1] === cfaFromFp && start[moved]! > from) moved--;
    const movedAt = Math.min(Math.max(start[moved]!, from), bodyStart);
    this.inner = bodyStart - movedAt;
    const pushedAt = Math.max(movedAt - moveSize, from);
    return (
      this.#agreesBack(movedAt, bodyStart, cfaFromFp, fpSaved) &&
      this.#agreesBack(pushedAt, movedAt, 2, fpSaved) &&
      this.#agreesBack(from, pushedAt, entryUnits, 0)
    );
  }

  /** Goes on behind the body, as far as what is there is the body's prologue backwards. */
  #tryEpilogue(frame: Frame, from: number): void {
    const { size } = this.#rows;
    const most = Math.min(size, from + mostBytes);
    const { firstSaved, pushSize } = frame;
    let end = from;
    if (frame.cfa !== cfaFromFp) {
      for (let k = frame.allocation > 0 ? frame.count : frame.count - 1; k > 0; k--) {
        const until = Math.min(end + pushSize[k]!, most);
        end = this.#extend(end, until, k + 1, firstSaved[k]!);
        if (end < until) break;
        if (k === 1) end = this.#extend(end, most, entryUnits, 0);
      }
      if (frame.allocation === 0 && frame.count === 1) end = this.#extend(end, most, entryUnits, 0);
    } else end = this.#extend(end, most, entryUnits, 0);
    this.end = end;
    this.epilogue = end - from;
  }

  /** How far a state holds, from the row looked at last on. */
  #extend(from: number, to: number, cfa: number, saved: number): number {
    const { start } = this.#rows;
    let at = from;
    while (at < to) {
      const next = Math.min(start[this.#row + 1]!, to);
      if (!this.#agrees(this.#row, at, next, cfa, saved)) return at;
      at = next;
      if (at === start[this.#row + 1]!) this.#row++;
    }
    return at;
  }

  /** Whether a state holds up to an offset in the row looked at last, from one before it. */
  #agreesBack(from: number, to: number, cfa: number, saved: number): boolean {
    const { start } = this.#rows;
    let at = to;
    while (at > from) {
      const before = Math.max(start[this.#row]!, from);
      if (!this.#agrees(this.#row, before, at, cfa, saved)) return false;
      at = before;
      if (at === start[this.#row]! && this.#row > 0) this.#row--;
    }
    return true;
  }

  /** Whether a state recovers the same values as a row does, in a part of it. */
  #agrees(row: number, from: number, to: number, cfa: number, saved: number): boolean {
    if (this.#rows.cfa[row] !== cfa) return false;
    const rowSaved = this.#rows.saved[row]!;
    if (rowSaved === saved) {
      this.strict++;
      return true;
    }
    let kinds = 0;
    for (let position = 0; position < registerCount; position++) {
      const here = slotOf(saved, position);
      const there = slotOf(rowSaved, position);
      if (here === there) continue;
      if (here !== 0 && there !== 0) return false;
      const kind = here === 0 ? popped : pushed;
      if (!this.#holds(position, here | there, kind, from, to)) return false;
      kinds |= kind;
    }
    if ((kinds & pushed) !== 0) this.pushed++;
    else this.popped++;
    return true;
  }

  #holds(position: number, slot: number, kind: number, from: number, to: number): boolean {
    if (!this.#factsRead) {
      this.#facts.read(this.#code(), this.#rows);
      this.#factsRead = true;
    }
    return this.#facts.holds(position, slot, kind, from, to);
  }
}

/** RBP in the first slot. */
const fpSaved = 1 << 4;
