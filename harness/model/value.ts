/**
 * A 64-bit value: what it stems from, and its bits in this execution. Two values of one symbol differ by what their
 * bits do: SP and SP - 16 have the symbol of SP. What is added up of several unknown things has a symbol for that sum.
 */
export interface Value {
  readonly symbol: number;
  /** The bits as unsigned halves. */
  readonly lo: number;
  readonly hi: number;
}

/** The symbol of what is known: numbers in the code, addresses of code and data, results of such. */
export const known = 0;

export function constant(value: bigint): Value {
  return { symbol: known, lo: Number(value & 0xffff_ffffn), hi: Number((value >> 32n) & 0xffff_ffffn) };
}

export function withBits(symbol: number, value: bigint): Value {
  return { ...constant(value), symbol };
}

export function bitsOf({ lo, hi }: Value): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo);
}

export function sameBits(a: Value, b: Value): boolean {
  return a.lo === b.lo && a.hi === b.hi;
}

/** The value and a distance of less than 2^52 bytes. */
export function plus({ symbol, lo, hi }: Value, bytes: number): Value {
  const sum = lo + (bytes >>> 0);
  const carry = sum > 0xffff_ffff ? 1 : 0;
  return { symbol, lo: sum >>> 0, hi: (hi + Math.floor(bytes / 0x1_0000_0000) + carry) >>> 0 };
}

/** Hands out symbols, and knows those of sums, stack pointers and signed return addresses. */
export class Symbols {
  /** By symbol, what is added up, how often; of the known, nothing. */
  readonly #sums: ReadonlyMap<number, bigint>[] = [new Map()];
  readonly #bySum = new Map<string, number>();
  /** What registers and memory held before anything was executed has a symbol of its own each; so has each stack. */
  readonly stack = this.fresh();
  readonly #signed = new Map<number, Value>();

  fresh(): number {
    const symbol = this.#sums.length;
    this.#sums.push(new Map([[symbol, 1n]]));
    return symbol;
  }

  /** A symbol for a return address with an authentication code. */
  sign(address: Value): number {
    const symbol = this.fresh();
    this.#signed.set(symbol, address);
    return symbol;
  }

  /** The address under the code, or undefined where there is no code. */
  unsigned({ symbol }: Value): Value | undefined {
    return this.#signed.get(symbol);
  }

  /** The symbol of a sum of values, each multiplied by the factor at its place. */
  sum(values: readonly (Value | undefined)[], factors: readonly bigint[]): number {
    let only = known;
    let isPlain = true;
    for (const [i, value] of values.entries()) {
      if (value === undefined) return this.fresh();
      if (value.symbol === known) continue;
      if (only !== known || factors[i] !== 1n) isPlain = false;
      only = value.symbol;
    }
    return isPlain ? only : this.#sumOf(values as readonly Value[], factors);
  }

  #sumOf(values: readonly Value[], factors: readonly bigint[]): number {
    const sum = new Map<number, bigint>();
    for (const [i, { symbol }] of values.entries()) {
      for (const [part, times] of this.#sums[symbol]!) {
        sum.set(part, BigInt.asUintN(64, (sum.get(part) ?? 0n) + times * factors[i]!));
      }
    }
    const parts = [...sum].filter(([, times]) => times !== 0n).sort(([a], [b]) => a - b);
    if (parts.length === 0) return known;
    if (parts.length === 1 && parts[0]![1] === 1n) return parts[0]![0];
    const key = parts.map(([part, times]) => `${part}*${times}`).join(' ');
    let symbol = this.#bySum.get(key);
    if (symbol === undefined) {
      symbol = this.#sums.push(new Map(parts)) - 1;
      this.#bySum.set(key, symbol);
    }
    return symbol;
  }

  /**
   * The symbol of what is otherwise computed from these: that of the only one that is not known, or of the stack pointer (moved
   * by something or aligned, it is the stack pointer still); otherwise, a new one.
   */
  combine(values: readonly (Value | undefined)[]): number {
    let symbol = known;
    for (const value of values) {
      if (value === undefined) return this.fresh();
      if (value.symbol === known || value.symbol === symbol) continue;
      if (symbol === known || value.symbol === this.stack) symbol = value.symbol;
      else if (symbol !== this.stack) return this.fresh();
    }
    return symbol;
  }
}
