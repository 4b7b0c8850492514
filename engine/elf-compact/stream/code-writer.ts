import type { BitWriter } from './bit-writer.ts';
import { codeLengths } from './code-lengths.ts';

/** A canonical prefix code for symbols that were counted; see `CodeReader`. */
export class CodeWriter {
  /** Most frequent first. */
  readonly symbols: readonly number[];
  /** Bits of all words that were counted. */
  readonly totalBits: number;
  readonly #lengths: Uint8Array;
  readonly #index = new Map<number, number>();
  readonly #words: Uint16Array;

  constructor(counts: ReadonlyMap<number, number>) {
    const sorted = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    this.symbols = sorted.map(([symbol]) => symbol);
    this.#lengths = codeLengths(sorted.map(([, count]) => count));
    this.#words = new Uint16Array(sorted.length);
    let word = 0;
    let before = 0;
    let total = 0;
    for (const [index, [symbol, count]] of sorted.entries()) {
      const length = this.#lengths[index]!;
      word <<= length - before;
      before = length;
      this.#index.set(symbol, index);
      this.#words[index] = word++;
      total += count * length;
    }
    this.totalBits = total;
  }

  /** Bytes of the code in the section, where a symbol takes so many. */
  size(symbolSize: number): number {
    return 1 + 2 * this.#longest + Math.max(1, this.symbols.length) * symbolSize;
  }

  /** Writes the word of a symbol that was counted. */
  put(out: BitWriter, symbol: number): void {
    const index = this.#index.get(symbol)!;
    out.put(this.#words[index]!, this.#lengths[index]!);
  }

  /** Writes the code itself; `putSymbol` writes a symbol, and that of an empty code is 0. */
  putCode(out: BitWriter, putSymbol: (symbol: number) => void): void {
    const words = new Uint16Array(this.#longest + 1);
    for (const length of this.#lengths) words[length]!++;
    out.putBytes(this.#longest, 1);
    for (const count of words.subarray(1)) out.putBytes(count, 2);
    for (const symbol of this.symbols.length === 0 ? [0] : this.symbols) putSymbol(symbol);
  }

  get #longest(): number {
    return this.#lengths[this.#lengths.length - 1] ?? 0;
  }
}
