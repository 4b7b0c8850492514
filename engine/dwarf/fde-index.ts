import type { UnwindError } from '../errors.ts';
import type { Fde } from './fde.ts';
import type { FrameSection } from './frame-section.ts';
import { scanSection } from './scan.ts';
import { StretchIndex } from './stretch-index.ts';

/** Errors kept of a section whose entries are broken in numbers. */
const mostErrors = 256;

/** See `FdeIndex.findForAll`. */
export const mixed = -2;

/** The FDEs of a section sorted by address, those without addresses left out. */
export class FdeIndex {
  /** Number of FDEs that cover addresses. */
  readonly count: number;
  /** What was wrong with entries that had to be left out; at most 256. */
  readonly errors: readonly UnwindError[];
  readonly #startLo: Uint32Array;
  readonly #startHi: Uint32Array;
  /** The starts counted from the first; undefined where they lie too far apart. */
  readonly #near: StretchIndex | undefined;
  readonly #endLo: Uint32Array;
  readonly #endHi: Uint32Array;
  readonly #offset: Uint32Array;
  /** The nearest FDE before this one that reaches further, or -1: where to go on when an address is behind this one. */
  readonly #enclosing: Int32Array;

  constructor(section: FrameSection) {
    const errors: UnwindError[] = [];
    const found = new Columns();
    scanSection(section, {
      fde: (fde) => {
        if (!fde.isEmpty()) found.add(fde);
      },
      broken: (error) => {
        if (errors.length < mostErrors) errors.push(error);
      },
    });
    const order = found.order();
    this.errors = errors;
    this.count = found.count;
    this.#startLo = order.map((i) => found.startLo[i]!);
    this.#startHi = order.map((i) => found.startHi[i]!);
    this.#near = this.#nearStarts();
    this.#endLo = order.map((i) => found.endLo[i]!);
    this.#endHi = order.map((i) => found.endHi[i]!);
    this.#offset = order.map((i) => found.offset[i]!);
    this.#enclosing = new Int32Array(this.count);
    for (let i = 0; i < this.count; i++) {
      let outer = i - 1;
      while (outer >= 0 && !this.#isBehind(outer, this.#endLo[i]!, this.#endHi[i]!)) outer = this.#enclosing[outer]!;
      this.#enclosing[i] = outer;
    }
  }

  /**
   * Offset of the FDE that covers an address, or -1. Where several do, the one that starts last; among those that start
   * together, the first in the section.
   */
  find(lo: number, hi: number): number {
    const fde = this.#covering(this.#lastBy(lo, hi), lo, hi);
    return fde < 0 ? -1 : this.#offset[fde]!;
  }

  /**
   * Offset of the FDE that `find` gives for every address from the first to the last given; -1 where none covers any,
   * `mixed` where they differ.
   */
  findForAll(firstLo: number, firstHi: number, lastLo: number, lastHi: number): number {
    const position = this.#lastBy(firstLo, firstHi);
    if (position !== this.#lastBy(lastLo, lastHi)) return mixed;
    const fde = this.#covering(position, firstLo, firstHi);
    if (fde < 0) return -1;
    return this.#isBehind(fde, lastLo, lastHi) ? this.#offset[fde]! : mixed;
  }

  /** The last FDE that starts by an address, or -1. */
  #lastBy(lo: number, hi: number): number {
    const startLo = this.#startLo;
    const startHi = this.#startHi;
    const near = this.#near;
    if (near !== undefined) {
      const difference = lo - startLo[0]!;
      const differenceHi = hi - startHi[0]! - (difference < 0 ? 1 : 0);
      if (differenceHi === 0) return near.find(difference >>> 0);
      return differenceHi < 0 ? -1 : this.count - 1;
    }
    let from = 0;
    let to = this.count;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const middleHi = startHi[middle]!;
      if (middleHi < hi || (middleHi === hi && startLo[middle]! <= lo)) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }

  #nearStarts(): StretchIndex | undefined {
    const { count } = this;
    if (count === 0) return undefined;
    const firstLo = this.#startLo[0]!;
    const high = this.#startHi[count - 1]! - this.#startHi[0]!;
    const last = high * 2 ** 32 + this.#startLo[count - 1]! - firstLo;
    return last < 2 ** 32 ? new StretchIndex(this.#startLo.map((lo) => lo - firstLo)) : undefined;
  }

  /** The FDE that covers an address which `last` is the last to start by, or -1. */
  #covering(last: number, lo: number, hi: number): number {
    let candidate = last;
    while (candidate >= 0 && !this.#isBehind(candidate, lo, hi)) candidate = this.#enclosing[candidate]!;
    return candidate;
  }

  /** The FDE's end lies behind an address. */
  #isBehind(i: number, lo: number, hi: number): boolean {
    const endHi = this.#endHi[i]!;
    return endHi > hi || (endHi === hi && this.#endLo[i]! > lo);
  }
}

/** What the scan collects, in the section's order. */
class Columns {
  readonly startLo: number[] = [];
  readonly startHi: number[] = [];
  readonly endLo: number[] = [];
  readonly endHi: number[] = [];
  readonly offset: number[] = [];
  count = 0;

  add(fde: Fde): void {
    this.startLo.push(fde.startLo);
    this.startHi.push(fde.startHi);
    this.endLo.push(fde.endLo);
    this.endHi.push(fde.endHi);
    this.offset.push(fde.offset);
    this.count++;
  }

  /** Ascending by start; among equal starts the first in the section comes last, where a search finds it first. */
  order(): Uint32Array {
    const { startLo, startHi } = this;
    const order = Uint32Array.from({ length: this.count }, (_, i) => i);
    return order.sort((a, b) => startHi[a]! - startHi[b]! || startLo[a]! - startLo[b]! || b - a);
  }
}
