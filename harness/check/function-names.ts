import type { ElfSymbol } from '../../engine/index.ts';

const STT_FUNC = 2;

/** The functions of a file's symbol tables, by address. */
export class FunctionNames {
  readonly #sorted: readonly ElfSymbol[];

  constructor(symbols: readonly ElfSymbol[]) {
    this.#sorted = symbols
      .filter(({ type, sectionIndex, name }) => type === STT_FUNC && sectionIndex !== 0 && name !== '')
      .sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
  }

  /** The function that contains an address; undefined where no symbol says so. */
  at(address: bigint): string | undefined {
    let from = 0;
    let to = this.#sorted.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#sorted[middle]!.value <= address) from = middle + 1;
      else to = middle;
    }
    const symbol = this.#sorted[from - 1];
    if (symbol === undefined) return undefined;
    return address === symbol.value || address < symbol.value + symbol.size ? symbol.name : undefined;
  }
}
