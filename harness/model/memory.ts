import type { Stop } from '../stop.ts';
import type { Symbols, Value } from './value.ts';

/** The memory of a stop as it is: bytes, and what of them an unwinder may read. */
export interface Bytes {
  /** The `size` (1 to 8) bytes at an address, or undefined where they cannot be read; `dead` ones count as readable. */
  read(lo: number, hi: number, size: number, dead: boolean): { readonly lo: number; readonly hi: number } | undefined;
  /** Whether the address is in a stack: its memory holds what nobody has said. */
  isStack(lo: number, hi: number): boolean;
}

/** Reads the windows of a stop's memory; the first `stacks` of them are the stacks. */
export function bytesOf({ memory }: Stop, stacks: number): Bytes {
  const find = (lo: number, hi: number, size: number) => {
    for (const [index, window] of memory.windows.entries()) {
      const offset = lo - window.startLo + (hi - window.startHi) * 0x1_0000_0000;
      if (offset >= 0 && offset <= window.size - size) return { index, window, offset };
    }
    return undefined;
  };
  return {
    read(lo, hi, size, dead) {
      const found = find(lo, hi, size);
      if (found === undefined || (!dead && found.offset < found.window.readable)) return undefined;
      const { view } = found.window;
      let low = 0;
      let high = 0;
      for (let i = size - 1; i >= 0; i--) {
        const byte = view.getUint8(found.offset + i);
        if (i < 4) low = ((low << 8) | byte) >>> 0;
        else high = ((high << 8) | byte) >>> 0;
      }
      return { lo: low, hi: high };
    },
    isStack(lo, hi) {
      const found = find(lo, hi, 1);
      return found !== undefined && found.index < stacks;
    },
  };
}

/** What 64-bit words of memory stem from, by address. */
export class SymbolicMemory {
  readonly #symbols: Symbols;
  readonly #cells = new Map<number, Map<number, Value>>();

  constructor(symbols: Symbols) {
    this.#symbols = symbols;
  }

  write(lo: number, hi: number, value: Value): void {
    let page = this.#cells.get(hi);
    if (page === undefined) {
      page = new Map();
      this.#cells.set(hi, page);
    }
    page.set(lo, value);
  }

  /** What is there has become something else. */
  forget(lo: number, hi: number): void {
    this.#cells.get(hi)?.delete(lo);
  }

  /**
   * The word at an address, undefined where it cannot be read. Where nobody has said what a word of a stack is, it is
   * something of its own; elsewhere it is data, and known.
   */
  read(lo: number, hi: number, bytes: Bytes, dead = false): Value | undefined {
    const actual = bytes.read(lo, hi, 8, dead);
    if (actual === undefined) return undefined;
    const cell = this.#cells.get(hi)?.get(lo);
    if (cell !== undefined && cell.lo === actual.lo && cell.hi === actual.hi) return cell;
    const value = { symbol: bytes.isStack(lo, hi) ? this.#symbols.fresh() : 0, ...actual };
    this.write(lo, hi, value);
    return value;
  }
}
