import { type FrameSection, formatRow, ListRowSource, Row, type RowSource, UnwindError } from '../../engine/index.ts';
import { FunctionNotes } from './function-notes.ts';
import { distance, type FunctionRanges, functionRanges, type Halves } from './function-ranges.ts';
import { rowDifference } from './row-difference.ts';

/** Where an encoding and DWARF do not mean the same. */
export interface InexactRow {
  /** First address of the function, and the first address where it is so. */
  readonly function: bigint;
  readonly address: bigint;
  /** Addresses from there on of which the same is true. */
  readonly size: number;
  /** The rows as `formatRow` writes them; an error's message where there is one instead; `none` where nothing covers it. */
  readonly dwarf: string;
  readonly encoding: string;
}

/** What a comparison of all rows found. By function means by function of `FunctionRanges`. */
export interface RowCheck {
  readonly functions: FunctionRanges;
  /** By function: `exactness`. */
  readonly exactness: Uint8Array;
  /** Pairs of rows compared, and those of them that say it differently, proven to be the same. */
  readonly compared: number;
  readonly popped: number;
  readonly pushed: number;
  /** Number of functions that are inexact, and the first of the places. */
  readonly inexact: number;
  readonly examples: readonly InexactRow[];
  /** Addresses that no FDE covers, between functions, for which the encoding has a row. */
  readonly beyond: number;
}

/** How exact a function is; bits of `poppedRows` and `pushedRows` may both be set. */
export const exactness = { strict: 0, poppedRows: 1, pushedRows: 2, inexact: 4 } as const;

export interface RowCheckOptions {
  readonly frames: FrameSection;
  /** What the encoding made of them, opened. */
  readonly encoding: RowSource;
  /** The code at an address. */
  readonly code: (address: bigint, size: number) => Uint8Array | undefined;
  /** Most examples to keep; without it, `mostExamples`. */
  readonly examples?: number;
  /** Called from time to time with the number of functions done. */
  readonly onProgress?: (functions: number) => void;
}

/** Most inexact places that are told one by one. */
export const mostExamples = 5;

const progressStep = 4096;

/**
 * Compares what an encoding says with what DWARF says at every address of every function: between any two addresses where
 * either of them changes, once at the first and once at the last of them.
 */
export function checkRows(options: RowCheckOptions): RowCheck {
  return new RowChecker(options).run();
}

/** What a source says at an address: a row, nothing, or an error. */
class Answer {
  readonly row: Row;
  found = false;
  error: UnwindError | undefined;
  readonly #source: RowSource;
  readonly #base: Halves;

  constructor(source: RowSource, frames: FrameSection) {
    this.row = new Row(frames.architecture.columnCount);
    this.#source = source;
    this.#base = frames.bases.section;
  }

  /** The address counts from the section's. */
  ask(address: number): void {
    const { lo, hi } = this.#base;
    const sum = lo + address;
    const carry = Math.floor(sum / 2 ** 32);
    this.error = undefined;
    try {
      this.found = this.#source.lookup(sum >>> 0, (hi + carry) >>> 0, this.row);
    } catch (error) {
      if (!(error instanceof UnwindError)) throw error;
      this.found = false;
      this.error = error;
    }
  }

  /** First address behind the row; infinite where there is none. */
  get end(): number {
    if (!this.found) return Number.POSITIVE_INFINITY;
    return distance(this.#base, { lo: this.row.endLo, hi: this.row.endHi });
  }

  text(frames: FrameSection): string {
    if (this.error !== undefined) return `error: ${this.error.message}`;
    return this.found ? formatRow(this.row, frames.architecture) : 'none';
  }
}

class RowChecker {
  readonly #options: RowCheckOptions;
  readonly #functions: FunctionRanges;
  readonly #dwarf: Answer;
  readonly #encoding: Answer;
  /** What the encoding says at the last address of a stretch. */
  readonly #last: Answer;
  readonly #exactness: Uint8Array;
  readonly #examples: InexactRow[] = [];
  readonly #notes = new FunctionNotes();
  #compared = 0;
  #beyond = 0;

  constructor(options: RowCheckOptions) {
    const { frames, encoding } = options;
    this.#options = options;
    this.#functions = functionRanges(frames);
    this.#dwarf = new Answer(new ListRowSource([frames]), frames);
    this.#encoding = new Answer(encoding, frames);
    this.#last = new Answer(encoding, frames);
    this.#exactness = new Uint8Array(this.#functions.count);
  }

  run(): RowCheck {
    const { count, start, end } = this.#functions;
    let covered = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      if (covered < start[i]! && covered !== Number.NEGATIVE_INFINITY) this.#checkGap(covered, start[i]!);
      // Of functions that overlap, what is covered already is not gone through again.
      this.#checkFunction(i, Math.max(start[i]!, covered));
      covered = Math.max(covered, end[i]!);
      if (i % progressStep === 0) this.#options.onProgress?.(i);
    }
    return {
      functions: this.#functions,
      exactness: this.#exactness,
      compared: this.#compared,
      popped: this.#notes.popped,
      pushed: this.#notes.pushed,
      inexact: this.#exactness.reduce((sum, one) => sum + (one >= exactness.inexact ? 1 : 0), 0),
      examples: this.#examples,
      beyond: this.#beyond,
    };
  }

  #checkFunction(index: number, from: number): void {
    const { start, end, count } = this.#functions;
    const dwarf = this.#dwarf;
    const encoding = this.#encoding;
    const notes = this.#notes;
    notes.begin(start[index]!);
    let next = index + 1;
    for (let at = from; at < end[index]!; ) {
      dwarf.ask(at);
      encoding.ask(at);
      let until = Math.min(end[index]!, dwarf.end, encoding.end);
      while (next < count && start[next]! <= at) next++;
      if (next < count && start[next]! < until) until = start[next]!;
      if (!(until > at)) until = at + 1;
      this.#compared++;
      if (dwarf.found && this.#provable) notes.addDwarf(at, dwarf.row);
      const same = this.#compare(index, at, until);
      if (!same || !this.#holdsToTheEnd(at, until)) this.#inexact(index, at, until, same ? this.#last : encoding);
      at = until;
    }
    if (notes.claims.length > 0) this.#prove(index);
  }

  /** False where the encoding says something that cannot mean the same. */
  #compare(index: number, at: number, until: number): boolean {
    const dwarf = this.#dwarf;
    const encoding = this.#encoding;
    if (dwarf.error !== undefined) return encoding.error !== undefined;
    if (!dwarf.found || !encoding.found) return dwarf.found === encoding.found && encoding.error === undefined;
    const difference = rowDifference(dwarf.row, encoding.row, this.#options.frames.architecture);
    if (difference === 'none') return true;
    if (difference === 'other' || !this.#provable) return false;
    const { start } = this.#functions;
    for (const one of difference) this.#notes.claim(at - start[index]!, until - start[index]!, one);
    return true;
  }

  /** Whether the encoding's answer is the same at the last of some addresses as at the first. */
  #holdsToTheEnd(at: number, until: number): boolean {
    if (until - at < 2 || !this.#encoding.found) return true;
    this.#last.ask(until - 1);
    if (!this.#last.found) return false;
    return rowDifference(this.#encoding.row, this.#last.row, this.#options.frames.architecture) === 'none';
  }

  #prove(index: number): void {
    const { frames, code } = this.#options;
    const { start, end } = this.#functions;
    const address = BigInt.asUintN(64, frames.section.address + BigInt(start[index]!));
    const bytes = code(address, end[index]! - start[index]!);
    for (const claim of this.#notes.unproven(bytes)) {
      const at = start[index]! + claim.start;
      this.#dwarf.ask(at);
      this.#encoding.ask(at);
      this.#inexact(index, at, start[index]! + claim.end, this.#encoding);
    }
    for (const kind of this.#notes.provenKinds) {
      this.#exactness[index]! |= kind === 'popped' ? exactness.poppedRows : exactness.pushedRows;
    }
  }

  /** Counts addresses that belong to no function. */
  #checkGap(from: number, to: number): void {
    for (let at = from; at < to; ) {
      this.#encoding.ask(at);
      const until = this.#encoding.found ? Math.min(to, this.#encoding.end) : to;
      if (this.#encoding.found) this.#beyond += Math.max(1, until - at);
      at = Math.max(at + 1, until);
    }
  }

  /** Instructions of AArch64 are not followed. */
  get #provable(): boolean {
    return this.#options.frames.architecture.name === 'x86-64';
  }

  #inexact(index: number, at: number, until: number, said: Answer): void {
    this.#exactness[index]! |= exactness.inexact;
    const { examples: most = mostExamples } = this.#options;
    if (this.#examples.length < most) this.#examples.push(this.#describe(index, at, until, said));
  }

  #describe(index: number, at: number, until: number, said: Answer): InexactRow {
    const { frames } = this.#options;
    const address = (offset: number) => BigInt.asUintN(64, frames.section.address + BigInt(offset));
    return {
      function: address(this.#functions.start[index]!),
      address: address(at),
      size: until - at,
      dwarf: this.#dwarf.text(frames),
      encoding: said.text(frames),
    };
  }
}
