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

/** Consecutive pages with bytes of their own: a segment of an image, a stack, or an arena of which pages are handed out. */
export class PageRange {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly pageCount: number;
  /** By page, its rights. */
  readonly #pages: Uint8Array;
  readonly #initial: Uint8Array;
  /** What the emulator has of it. */
  #mapped: Segment[];
  /** Since the last update. */
  #changed = false;
  /** A page has had other rights than at the beginning since the last reset. */
  hadOtherRights = false;

  private constructor(address: bigint, bytes: Uint8Array, initial: number, mapped: Segment[]) {
    this.address = address;
    this.bytes = bytes;
    this.pageCount = bytes.byteLength / pageSize;
    this.#pages = new Uint8Array(this.pageCount).fill(initial);
    this.#initial = this.#pages.slice();
    this.#mapped = mapped;
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
    this.#changed = true;
    this.hadOtherRights = true;
  }

  zero(first: number, count: number): void {
    this.bytes.fill(0, first * pageSize, (first + count) * pageSize);
  }

  /** Back to the pages of the beginning. */
  reset(): void {
    if (!this.hadOtherRights) return;
    this.#pages.set(this.#initial);
    this.#changed = true;
    this.hadOtherRights = false;
  }

  /** Maps what has come or changed, and takes away what has gone. */
  update(emulator: Emulator): void {
    if (!this.#changed) return;
    this.#changed = false;
    const wanted = this.#runs();
    const kept = this.#mapped.filter((segment) => wanted.some((run) => isSame(run, segment)));
    for (const segment of this.#mapped) if (!kept.includes(segment)) emulator.unmap(segment);
    const added = wanted.filter((run) => !kept.some((segment) => isSame(run, segment)));
    for (const run of added) emulator.map(run);
    this.#mapped = [...kept, ...added];
  }

  /** What of it can be read. */
  windows(): MemoryWindow[] {
    return this.#runs()
      .filter((run) => run.readable)
      .map(({ address, bytes }) => new MemoryWindow(address, bytes));
  }

  /** Pages with the same rights, as long as they go on; those without any are left out: nothing can be done there. */
  #runs(): Segment[] {
    const runs: Segment[] = [];
    for (let first = 0, end = 0; first < this.pageCount; first = end) {
      const rights = this.#pages[first]! & allRights;
      for (end = first + 1; end < this.pageCount && (this.#pages[end]! & allRights) === rights; ) end++;
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
