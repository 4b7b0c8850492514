import { mixed } from '../dwarf/fde-index.ts';
import type { FrameSection, HeaderRowSource, ListRowSource } from '../dwarf/index.ts';
import { UnwindError } from '../errors.ts';
import type { SectionRows } from '../precomputed/section-rows.ts';

/** Addresses, counted from the section's, at which one FDE is found. */
export interface FunctionRange {
  readonly start: number;
  readonly end: number;
  readonly fdeOffset: number;
  /** Index of the function, or -1 where the range is only a piece of one. */
  readonly index: number;
}

type Source = HeaderRowSource | ListRowSource;

/**
 * Which functions of a section `source` finds at each of their addresses, in the section's order, and what it finds at
 * the addresses of the others. No two of the ranges overlap. Addresses where it finds nothing or an unusable entry are in none.
 */
export function findOverlaps(
  frames: FrameSection,
  source: Source,
  rows: SectionRows,
): { readonly kept: readonly FunctionRange[]; readonly pieces: readonly FunctionRange[] } {
  const kept: FunctionRange[] = [];
  const others: FunctionRange[] = [];
  const asked = new AskedSource(frames, source);
  for (let index = 0; index < rows.functionCount; index++) {
    const start = rows.functionStart[index]!;
    const end = rows.functionEnd[index]!;
    const fdeOffset = rows.fdeOffset[index]!;
    const range = { start, end, fdeOffset, index };
    (asked.covering(start, end) === fdeOffset ? kept : others).push(range);
  }
  return { kept, pieces: others.length === 0 ? [] : piecesOf(asked, kept, others) };
}

function piecesOf(asked: AskedSource, kept: readonly FunctionRange[], others: FunctionRange[]): FunctionRange[] {
  const all = [...kept, ...others];
  const bounds = [...new Set(all.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const pieces = new Pieces(asked);
  const open = new Coverage(others);
  const closed = new Coverage(kept);
  for (let i = 0; i + 1 < bounds.length; i++) {
    const start = bounds[i]!;
    if (open.has(start) && !closed.has(start)) pieces.add(start, bounds[i + 1]!);
  }
  return pieces.list;
}

/** Whether addresses, asked for in ascending order, lie in any of some ranges. */
class Coverage {
  readonly #ranges: readonly FunctionRange[];
  #next = 0;
  #end = Number.NEGATIVE_INFINITY;

  constructor(ranges: readonly FunctionRange[]) {
    this.#ranges = [...ranges].sort((a, b) => a.start - b.start);
  }

  has(address: number): boolean {
    for (; this.#next < this.#ranges.length; this.#next++) {
      const { start, end } = this.#ranges[this.#next]!;
      if (start > address) break;
      if (end > this.#end) this.#end = end;
    }
    return address < this.#end;
  }
}

/** What is found at addresses, in as few ranges as that takes. */
class Pieces {
  readonly list: FunctionRange[] = [];
  readonly #asked: AskedSource;

  constructor(asked: AskedSource) {
    this.#asked = asked;
  }

  /** Ascending. Halves the range until the same is found at all of its addresses. */
  add(start: number, end: number): void {
    if (end - start > 1 && !this.#asked.isUniform(start, end)) {
      const middle = start + Math.floor((end - start) / 2);
      this.add(start, middle);
      this.add(middle, end);
      return;
    }
    const fdeOffset = this.#asked.at(start);
    if (fdeOffset < 0) return;
    const last = this.list.at(-1);
    if (last !== undefined && last.end === start && last.fdeOffset === fdeOffset) {
      this.list[this.list.length - 1] = { ...last, end };
    } else this.list.push({ start, end, fdeOffset, index: -1 });
  }
}

/** A source that is asked about addresses counted from a section's. */
class AskedSource {
  readonly #frames: FrameSection;
  readonly #source: Source;

  constructor(frames: FrameSection, source: Source) {
    this.#frames = frames;
    this.#source = source;
  }

  covering(start: number, end: number): number {
    const first = this.#address(start);
    const last = this.#address(end - 1);
    return this.#source.coveringFde(this.#frames, first.lo, first.hi, last.lo, last.hi);
  }

  /** Whether the same is found at all the addresses of a range. */
  isUniform(start: number, end: number): boolean {
    return this.covering(start, end) !== mixed;
  }

  /** Offset of the FDE that is found at an address, or -1 where there is none, or it is unusable. */
  at(address: number): number {
    const { lo, hi } = this.#address(address);
    try {
      return this.#source.fdeAt(this.#frames, lo, hi);
    } catch (error) {
      if (!(error instanceof UnwindError)) throw error;
      return -1;
    }
  }

  #address(distance: number): { lo: number; hi: number } {
    const { lo, hi } = this.#frames.bases.section;
    const sum = lo + distance;
    const carry = sum > 0xffffffff ? 1 : sum < 0 ? -1 : 0;
    return { lo: sum >>> 0, hi: (hi + carry) >>> 0 };
  }
}
