import { MemoryWindow } from '../../engine/index.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { Segment } from '../loader/image.ts';

export const pageSize = 0x1000;

/** PROT_READ, PROT_WRITE, PROT_EXEC (include/uapi/asm-generic/mman-common.h), and that a page is there at all. */
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;
export const allRights = PROT_READ | PROT_WRITE | PROT_EXEC;
const present = 8;

/** Pages of an arena that were handed out, by their numbers, with their rights and what is in them. */
export type GivenPages = ReadonlyMap<number, { readonly rights: number; readonly bytes: Uint8Array }>;

/** Consecutive pages with bytes of their own: a segment of an image, a stack, or an arena of which pages are handed out. */
export class PageRange {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly pageCount: number;
  /** By page, its rights. */
  readonly #pages: Uint8Array;
  readonly #initial: Uint8Array;
  #given: GivenPages = new Map();
  /** Pages with the same rights, as long as they go on, in order; those without any are left out: nothing can be done there. */
  readonly #runs: Segment[];
  /** Runs that the emulator has and must give up at the next update, and those it does not have yet. */
  readonly #gone = new Set<Segment>();
  readonly #new = new Set<Segment>();
  readonly #windows = new WeakMap<Segment, MemoryWindow>();
  /** A page has had other rights than at the beginning since the last reset. */
  hadOtherRights = false;

  private constructor(address: bigint, bytes: Uint8Array, initial: number, runs: Segment[]) {
    this.address = address;
    this.bytes = bytes;
    this.pageCount = bytes.byteLength / pageSize;
    this.#pages = new Uint8Array(this.pageCount).fill(initial);
    this.#initial = this.#pages.slice();
    this.#runs = runs;
  }

  /** A segment that the emulator has mapped already. */
  static ofSegment(segment: Segment): PageRange {
    const { address, bytes, readable, writable, executable } = segment;
    const rights = (readable ? PROT_READ : 0) | (writable ? PROT_WRITE : 0) | (executable ? PROT_EXEC : 0);
    return new PageRange(address, bytes, present | rights, [segment]);
  }

  /** Room of which no page is there yet. */
  static arena(address: bigint, size: number): PageRange {
    return new PageRange(address, new Uint8Array(new SharedArrayBuffer(size)), 0, []);
  }

  get end(): bigint {
    return this.address + BigInt(this.bytes.byteLength);
  }

  isPresent(page: number): boolean {
    return (this.#pages[page]! & present) !== 0;
  }

  allows(page: number, rights: number): boolean {
    const all = rights | present;
    return (this.#pages[page]! & all) === all;
  }

  /** Gives pages rights, or takes them away (`undefined`). They count for the emulator from `update` on. */
  set(first: number, count: number, rights: number | undefined): void {
    this.#pages.fill(rights === undefined ? 0 : present | rights, first, first + count);
    this.#renew(first, first + count);
    this.hadOtherRights = true;
  }

  zero(first: number, count: number): void {
    this.bytes.fill(0, first * pageSize, (first + count) * pageSize);
  }

  /** The pages that are there. */
  given(): GivenPages {
    const pages = new Map<number, { rights: number; bytes: Uint8Array }>();
    for (let page = 0; page < this.pageCount; page++) {
      if (!this.isPresent(page)) continue;
      const bytes = Uint8Array.from(this.bytes.subarray(page * pageSize, (page + 1) * pageSize));
      pages.set(page, { rights: this.#pages[page]! & allRights, bytes });
    }
    return pages;
  }

  /** Has these pages from the next reset on, as if they had been handed out before the beginning. */
  begin(given: GivenPages): void {
    this.#given = given;
    for (const [page, { rights }] of given) this.#initial[page] = present | rights;
    this.hadOtherRights = true;
  }

  /** Back to the pages of the beginning. */
  reset(): void {
    for (const [page, { bytes }] of this.#given) this.bytes.set(bytes, page * pageSize);
    if (!this.hadOtherRights) return;
    this.#pages.set(this.#initial);
    this.#renew(0, this.pageCount);
    this.hadOtherRights = false;
  }

  /** Maps what has come or changed, and takes away what has gone. */
  update(emulator: Emulator): void {
    for (const run of this.#gone) emulator.unmap(run);
    for (const run of this.#new) emulator.map(run);
    this.#gone.clear();
    this.#new.clear();
  }

  /** What of it can be read. */
  windows(): MemoryWindow[] {
    return this.#runs.filter((run) => run.readable).map((run) => this.#windowOf(run));
  }

  #windowOf(run: Segment): MemoryWindow {
    let window = this.#windows.get(run);
    if (window === undefined) {
      window = new MemoryWindow(run.address, run.bytes);
      this.#windows.set(run, window);
    }
    return window;
  }

  /** Pages have changed: makes their runs again, and those next to them, which they may be one with now. */
  #renew(first: number, end: number): void {
    const from = this.#indexOf((run) => this.#endOf(run) >= first);
    const until = this.#indexOf((run) => this.#firstOf(run) > end);
    const old = this.#runs.slice(from, until);
    const firstPage = Math.min(first, ...old.slice(0, 1).map((run) => this.#firstOf(run)));
    const endPage = Math.max(end, ...old.slice(-1).map((run) => this.#endOf(run)));
    const made = this.#runsIn(firstPage, endPage).map((run) => old.find((other) => isSame(run, other)) ?? run);
    this.#runs.splice(from, old.length, ...made);
    for (const run of old) if (!made.includes(run) && !this.#new.delete(run)) this.#gone.add(run);
    for (const run of made) if (!old.includes(run)) this.#new.add(run);
  }

  /** Index of the first run for which something is true that is true for all behind it. */
  #indexOf(isBehind: (run: Segment) => boolean): number {
    let low = 0;
    for (let high = this.#runs.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (isBehind(this.#runs[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #firstOf(run: Segment): number {
    return Number(run.address - this.address) / pageSize;
  }

  #endOf(run: Segment): number {
    return this.#firstOf(run) + run.bytes.byteLength / pageSize;
  }

  #runsIn(from: number, until: number): Segment[] {
    const runs: Segment[] = [];
    for (let first = from, end = from; first < until; first = end) {
      const rights = this.#pages[first]! & allRights;
      for (end = first + 1; end < until && (this.#pages[end]! & allRights) === rights; ) end++;
      if (rights === 0) continue;
      runs.push({
        address: this.address + BigInt(first * pageSize),
        bytes: this.bytes.subarray(first * pageSize, end * pageSize),
        readable: (rights & PROT_READ) !== 0,
        writable: (rights & PROT_WRITE) !== 0,
        executable: (rights & PROT_EXEC) !== 0,
      });
    }
    return runs;
  }
}

function isSame(a: Segment, b: Segment): boolean {
  return (
    a.address === b.address &&
    a.bytes.byteLength === b.bytes.byteLength &&
    a.readable === b.readable &&
    a.writable === b.writable &&
    a.executable === b.executable
  );
}
