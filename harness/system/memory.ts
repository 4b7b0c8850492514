import type { MemoryWindow } from '../../engine/index.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { Segment } from '../loader/image.ts';
import { type GivenPages, PageRange, PROT_EXEC, PROT_READ, PROT_WRITE, pageSize } from './page-range.ts';

/** Most memory a program gets by brk and by mmap, bytes. */
const heapSize = 64 * 2 ** 20;
const mappingsSize = 128 * 2 ** 20;
/** Where mappings are looked for first: below where Linux has the stack. */
const mappingsAddress = 0x7ff0_0000_0000n;

/** What system calls have given a program, and where. */
export interface GivenMemory {
  readonly heap: { readonly address: bigint; readonly pages: GivenPages };
  readonly mappings: { readonly address: bigint; readonly pages: GivenPages };
  readonly heapEnd: bigint;
}

/** Some bytes of the guest's that lie in one range. */
interface Piece {
  readonly range: PageRange;
  readonly offset: number;
  readonly length: number;
}

/**
 * The memory of a program as system calls see and change it: what was loaded, its stacks, and two arenas, one that brk
 * moves an end in and one of which mmap hands out pages.
 */
export class ProgramMemory {
  readonly heap: PageRange;
  readonly mappings: PageRange;
  /** How often `update` was called: other memory may be there since. */
  changes = 0;
  /** What brk has set. */
  heapEnd: bigint;
  readonly #ranges: readonly PageRange[];
  readonly #emulator: Emulator;
  /** Of the beginning. */
  readonly #heapEnd: bigint;

  /**
   * `segments`: everything the emulator has mapped; the heap begins at the first free address from `heapStart` on.
   * `given`: what every run finds there already; a RangeError is thrown where other memory is in its place.
   */
  constructor(emulator: Emulator, segments: readonly Segment[], heapStart: bigint, given?: GivenMemory) {
    this.#emulator = emulator;
    const own = segments.map((segment) => PageRange.ofSegment(segment));
    this.heap = PageRange.arena(freeAddress(own, given?.heap.address ?? heapStart, heapSize), heapSize);
    const from = given?.mappings.address ?? mappingsAddress;
    this.mappings = PageRange.arena(freeAddress([...own, this.heap], from, mappingsSize), mappingsSize);
    this.#ranges = [...own, this.heap, this.mappings];
    if (given !== undefined) {
      if (this.heap.address !== given.heap.address || this.mappings.address !== from) {
        throw new RangeError('other memory is where the heap of the start-up was');
      }
      this.heap.begin(given.heap.pages);
      this.mappings.begin(given.mappings.pages);
    }
    this.#heapEnd = given?.heapEnd ?? this.heap.address;
    this.heapEnd = this.#heapEnd;
  }

  /** As before a run. */
  reset(): void {
    for (const range of this.#ranges) range.reset();
    this.heapEnd = this.#heapEnd;
    this.update();
  }

  /** What system calls have given the program so far. */
  given(): GivenMemory {
    const { heap, mappings, heapEnd } = this;
    return {
      heap: { address: heap.address, pages: heap.given() },
      mappings: { address: mappings.address, pages: mappings.given() },
      heapEnd,
    };
  }

  /** Makes changes of pages count. */
  update(): void {
    for (const range of this.#ranges) range.update(this.#emulator);
    this.changes++;
  }

  /** Memory that was no code to begin with. */
  changingCode(): readonly PageRange[] {
    return this.#ranges.filter((range) => !range.allows(0, PROT_EXEC));
  }

  /** What of the arenas can be read. */
  windows(): MemoryWindow[] {
    return [...this.heap.windows(), ...this.mappings.windows()];
  }

  /** A copy of the guest's bytes; undefined where it may not read all of them. */
  read(address: bigint, length: number): Uint8Array | undefined {
    const pieces = this.#pieces(address, length, PROT_READ);
    if (pieces === undefined) return undefined;
    const copy = new Uint8Array(length);
    let done = 0;
    for (const { range, offset, length: part } of pieces) {
      copy.set(range.bytes.subarray(offset, offset + part), done);
      done += part;
    }
    return copy;
  }

  /** A text that ends with a zero byte, that byte left out; undefined where it cannot be read or is longer. */
  readText(address: bigint, longest: number): Uint8Array | undefined {
    const bytes: number[] = [];
    for (let at = address; bytes.length < longest; at++) {
      const byte = this.read(at, 1)?.[0];
      if (byte === undefined) return undefined;
      if (byte === 0) return Uint8Array.from(bytes);
      bytes.push(byte);
    }
    return undefined;
  }

  isWritable(address: bigint, length: number): boolean {
    return this.#pieces(address, length, PROT_WRITE) !== undefined;
  }

  /** Writes as the guest could; where it may not write all of it, nothing is written and the answer is false. */
  write(address: bigint, bytes: Uint8Array): boolean {
    const pieces = this.#pieces(address, bytes.byteLength, PROT_WRITE);
    if (pieces === undefined) return false;
    let done = 0;
    for (const { range, offset, length } of pieces) {
      range.bytes.set(bytes.subarray(done, done + length), offset);
      done += length;
    }
    return true;
  }

  /** The range an address is in, or undefined. */
  rangeOf(address: bigint): PageRange | undefined {
    return this.#ranges.find((range) => address >= range.address && address < range.end);
  }

  #pieces(address: bigint, length: number, rights: number): Piece[] | undefined {
    const pieces: Piece[] = [];
    for (let at = address, left = length; left > 0; ) {
      const range = this.rangeOf(at);
      if (range === undefined) return undefined;
      const offset = Number(at - range.address);
      const part = Math.min(left, range.bytes.byteLength - offset);
      const lastPage = Math.floor((offset + part - 1) / pageSize);
      for (let page = Math.floor(offset / pageSize); page <= lastPage; page++) {
        if (!range.allows(page, rights)) return undefined;
      }
      pieces.push({ range, offset, length: part });
      at += BigInt(part);
      left -= part;
    }
    return pieces;
  }
}

/** The first address from `from` on, in steps of the size, where so many bytes are free. */
function freeAddress(taken: readonly PageRange[], from: bigint, size: number): bigint {
  let address = from;
  while (taken.some((range) => address < range.end && range.address < address + BigInt(size))) address += BigInt(size);
  return address;
}
