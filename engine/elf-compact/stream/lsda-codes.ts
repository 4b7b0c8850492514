import type { LinkedContent } from '../linked-form.ts';
import { type AddressGrid, distanceNumber, distanceSymbol } from './address-grid.ts';
import type { BitWriter } from './bit-writer.ts';
import { CodeWriter } from './code-writer.ts';
import { byteSymbolSize, lsdasPerBlock, negativeDistance } from './constants.ts';
import { bitCount, putLowBits } from './number-code.ts';
import { countSymbol } from './symbol-counts.ts';

/** The codes functions with an LSDA are written with, made for one list of them. */
export class LsdaCodes {
  readonly #content: LinkedContent;
  readonly #grid: AddressGrid;
  readonly #gaps: CodeWriter;
  readonly #sizes: CodeWriter;
  readonly #distances: CodeWriter;
  readonly #personalities: CodeWriter;

  constructor(content: LinkedContent, grid: AddressGrid) {
    this.#content = content;
    this.#grid = grid;
    const { lsdaFunction, lsdaFunctionEnd, lsdaPersonality } = content;
    const [gaps, sizes, distances, personalities] = Array.from({ length: 4 }, () => new Map<number, number>());
    for (let i = 0; i < lsdaFunction.length; i++) {
      if (i % lsdasPerBlock !== 0) {
        countSymbol(gaps!, distanceSymbol(grid, lsdaFunctionEnd[i - 1]!, lsdaFunction[i]!));
        countSymbol(distances!, lsdaSymbol(this.#distance(i)));
      }
      countSymbol(sizes!, distanceSymbol(grid, lsdaFunction[i]!, lsdaFunctionEnd[i]!));
      countSymbol(personalities!, lsdaPersonality[i]!);
    }
    this.#gaps = new CodeWriter(gaps!);
    this.#sizes = new CodeWriter(sizes!);
    this.#distances = new CodeWriter(distances!);
    this.#personalities = new CodeWriter(personalities!);
  }

  putCodes(out: BitWriter): void {
    for (const code of [this.#gaps, this.#sizes, this.#distances, this.#personalities]) {
      code.putCode(out, (symbol) => out.putBytes(symbol, byteSymbolSize));
    }
  }

  /** Writes a function; of the first one in a block, the index has the address and the LSDA. */
  put(out: BitWriter, index: number): void {
    const { lsdaFunction, lsdaFunctionEnd, lsdaPersonality } = this.#content;
    const start = lsdaFunction[index]!;
    if (index % lsdasPerBlock !== 0) {
      this.#putAddress(out, this.#gaps, lsdaFunctionEnd[index - 1]!, start);
      const distance = this.#distance(index);
      this.#distances.put(out, lsdaSymbol(distance));
      putLowBits(out, Math.abs(distance));
    }
    this.#putAddress(out, this.#sizes, start, lsdaFunctionEnd[index]!);
    this.#personalities.put(out, lsdaPersonality[index]!);
  }

  #putAddress(out: BitWriter, code: CodeWriter, from: number, to: number): void {
    code.put(out, distanceSymbol(this.#grid, from, to));
    putLowBits(out, distanceNumber(this.#grid, from, to));
  }

  /** From the LSDA of the function before. */
  #distance(index: number): number {
    return this.#content.lsda[index]! - this.#content.lsda[index - 1]!;
  }
}

function lsdaSymbol(distance: number): number {
  return bitCount(Math.abs(distance)) | (distance < 0 ? negativeDistance : 0);
}
