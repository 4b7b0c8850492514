import { MODE_SPECIAL } from '../extended-fields.ts';
import { mostBytes } from '../published-layout.ts';
import { moveSize } from '../stack-instructions.ts';
import { cfaFromFp } from './cfa-codes.ts';
import { popped, pushed } from './fact-list.ts';
import type { Frame } from './frame.ts';
import type { FunctionRows } from './function-rows.ts';
import type { RegisterFacts } from './register-facts.ts';
import { fpPosition, registerCount, slotOf, withSlot } from './saved-registers.ts';

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
  /** By number k: the gap behind the k-th push. */
  readonly gaps = new Int32Array(registerCount + 1);
  epilogueGap = 0;
  /** How many registers are popped before it. */
  epiloguePosition = 0;
  /** How many registers besides RBP are saved in the last `step` bytes of the prologue. */
  step = 0;
  stepCount = 0;
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

  /**
   * Tries a frame whose body begins with a row, or at `from` where that is in the row; that is not farther from `from` than
   * a prologue can be long. False where it is not exact.
   */
  tryFrame(frame: Frame, from: number, body: number): boolean {
    this.#begin();
    const { start, size } = this.#rows;
    const bodyStart = Math.max(start[body]!, from);
    this.prologue = bodyStart - from;
    if (this.prologue > 0 && frame.mode === MODE_SPECIAL) return false;
    if (this.prologue > 0) {
      this.#row = body - 1;
      const isExact =
        frame.cfa === cfaFromFp
          ? this.#tryFpPrologue(frame, from, bodyStart)
          : this.#tryPrologue(frame, from, bodyStart);
      if (!isExact) return false;
    }
    this.#row = body;
    const epilogueStart = this.#extend(bodyStart, size, frame.cfa, frame.saved);
    this.end = epilogueStart;
    if (epilogueStart === bodyStart) return false;
    if (epilogueStart < size && frame.mode !== MODE_SPECIAL) this.#tryEpilogue(frame, epilogueStart);
    return true;
  }

  #begin(): void {
    this.prologue = 0;
    this.inner = 0;
    this.epilogue = 0;
    this.gaps.fill(0);
    this.epilogueGap = 0;
    this.epiloguePosition = 0;
    this.step = 0;
    this.stepCount = 0;
    this.strict = 0;
    this.popped = 0;
    this.pushed = 0;
  }

  /** Goes back from the body: the states after each push last as long as what follows them takes. */
  #tryPrologue(frame: Frame, from: number, bodyStart: number): boolean {
    const { count, pushSize, firstSaved, allocation, gaps } = frame;
    let end = bodyStart;
    for (let k = count; k > 0 && end > from; k--) {
      const duration = k === count ? allocation : pushSize[k + 1]!;
      if (duration === 0) continue;
      const start = this.#startOfUnits(k + 1, from);
      const gap = Math.max(end - start - duration, 0);
      // Only a state that the range starts in may be shorter.
      if (gaps[gap] !== 1 || (end - start < duration && start > from)) return false;
      this.gaps[k] = gap;
      if (!this.#agreesBack(start, end, k + 1, firstSaved[k]!)) return false;
      end = start;
    }
    return this.#agreesBack(from, end, entryUnits, 0);
  }

  /** Where the rows up to the one looked at last begin to have a CFA. */
  #startOfUnits(units: number, from: number): number {
    const { start, cfa } = this.#rows;
    let row = this.#row + 1;
    while (row > 0 && cfa[row - 1] === units && start[row]! > from) row--;
    return Math.max(start[row]!, from);
  }

  /** The state while other registers are saved, after `push rbp`, and before. */
  #tryFpPrologue(frame: Frame, from: number, bodyStart: number): boolean {
    const movedAt = Math.min(this.#startOfUnits(cfaFromFp, from), bodyStart);
    this.inner = bodyStart - movedAt;
    const stepAt = frame.hasStep ? this.#tryStep(frame, movedAt, bodyStart) : bodyStart;
    const pushedAt = Math.max(movedAt - moveSize, from);
    return (
      this.#agreesBack(movedAt, stepAt, cfaFromFp, fpSaved) &&
      this.#agreesBack(pushedAt, movedAt, 2, fpSaved) &&
      this.#agreesBack(from, pushedAt, entryUnits, 0)
    );
  }

  /** As many registers as the row before the body names, as far back as that is exact; returns where that begins. */
  #tryStep(frame: Frame, movedAt: number, bodyStart: number): number {
    const { start, saved } = this.#rows;
    let named = frame.count;
    while (named > 1 && saved[this.#row] !== frame.firstSaved[named]) named--;
    let at = bodyStart;
    if (named <= 1 || named === frame.count) return at;
    while (at > movedAt) {
      const before = Math.max(start[this.#row]!, movedAt);
      if (saved[this.#row] === fpSaved || !this.#agreesBack(before, at, cfaFromFp, frame.firstSaved[named]!)) break;
      at = before;
    }
    this.step = bodyStart - at;
    this.stepCount = this.step > 0 ? named - 1 : 0;
    return at;
  }

  /** Goes on behind the body, as far as what is there is the body's prologue backwards. */
  #tryEpilogue(frame: Frame, from: number): void {
    const { size } = this.#rows;
    const most = Math.min(size, from + mostBytes);
    this.end = this.#extendEpilogue(frame, from, most);
    this.epilogue = this.end - from;
  }

  #extendEpilogue(frame: Frame, from: number, most: number): number {
    let end = from;
    const last = frame.hasFp ? 0 : frame.allocation > 0 ? frame.count : frame.count - 1;
    for (let k = last; k > 0; k--) {
      const until = Math.min(end + frame.pushSize[k]! + this.#gapBeforePop(frame, k, end), most);
      end = this.#extend(end, until, k + 1, frame.firstSaved[k]!);
      if (end < until) return end;
    }
    return this.#extend(end, most, entryUnits, 0);
  }

  /** How much longer the state before a pop lasts than the pop, where that can be said. */
  #gapBeforePop(frame: Frame, k: number, at: number): number {
    const position = frame.count - k;
    if (frame.mostEpilogueGap === 0 || this.epilogueGap > 0 || position > frame.lastEpiloguePosition) return 0;
    const { start, cfa, count } = this.#rows;
    let row = this.#row;
    while (row < count && cfa[row] === k + 1) row++;
    const gap = start[row]! - at - frame.pushSize[k]!;
    if (gap <= 0 || gap > frame.mostEpilogueGap) return 0;
    this.epilogueGap = gap;
    this.epiloguePosition = position;
    return gap;
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
const fpSaved = withSlot(0, fpPosition, 1);
