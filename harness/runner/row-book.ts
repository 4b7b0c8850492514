import { createHash } from 'node:crypto';
import { formatRow, type Module, Row, UnwindError } from '../../engine/index.ts';

/** The row at an address where there is none, and its number. */
const noRow = 0;

/** What the CFI of an image says at each of its addresses, as text; rows that say the same have the same number. */
export class RowBook {
  #modules: readonly Module[];
  readonly #row: Row;
  readonly #texts: string[] = [''];
  readonly #numbers = new Map<string, number>([['', noRow]]);
  readonly #digests: string[] = [''];

  constructor(modules: readonly Module[], columnCount: number) {
    this.#modules = modules;
    this.#row = new Row(columnCount);
  }

  /** From now on, rows are those of these modules; numbers stay what they are. */
  use(modules: readonly Module[]): void {
    this.#modules = modules;
  }

  /** Number of the row at an address, 0 where there is none. */
  numberAt(lo: number, hi: number): number {
    const text = this.#describe(lo, hi);
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#texts.length;
      this.#texts.push(text);
      this.#numbers.set(text, number);
    }
    return number;
  }

  /** What the row at an address says; empty where there is none. */
  textAt(address: bigint): string {
    return this.text(this.numberAt(Number(address & 0xffff_ffffn), Number(address >> 32n)));
  }

  /** What a row says: CFA and register rules, without addresses; empty for number 0. */
  text(number: number): string {
    return this.#texts[number]!;
  }

  /** A digest of what a row says, the same in every process. */
  digest(number: number): string {
    this.#digests[number] ??= createHash('sha256').update(this.#texts[number]!).digest('hex').slice(0, 12);
    return this.#digests[number];
  }

  #describe(lo: number, hi: number): string {
    for (const module of this.#modules) {
      try {
        if (module.contains(lo, hi) && module.source.lookup(lo, hi, this.#row)) {
          return formatRow(this.#row, module.architecture);
        }
      } catch (error) {
        if (!(error instanceof UnwindError)) throw error;
        return `unusable: ${error.message}`;
      }
    }
    return '';
  }
}
