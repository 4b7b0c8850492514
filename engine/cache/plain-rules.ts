import type { Architecture } from '../architecture/index.ts';

/** How far from the CFA registers are saved, and the CFA is from its register, must be below this in plain rules. */
export const farthest = 0x8_0000;

/** Pairs there is room for. */
const mostPairs = 9;

/**
 * A place for the executable rules of one frame, in the words `compileRules` documents: whoever finds plain rules writes
 * them there, without a row in between.
 */
export class PlainRules {
  readonly code: Int32Array;
  readonly #at: number;
  readonly #pcColumn: number;
  readonly #spColumn: number;
  /** Columns that must be saved, that need no pair, and that must not be saved. */
  readonly #required: number;
  readonly #forbidden: number;

  /** `at` is the index in `code` of the first word. */
  constructor({ pc, sp, link }: Architecture, code: Int32Array, at: number) {
    this.code = code;
    this.#at = at;
    this.#pcColumn = pc;
    this.#spColumn = sp;
    this.#required = link < 0 ? 1 << pc : 0;
    this.#forbidden = 1 << sp;
  }

  /**
   * Writes the rules of CFA = register of a column + offset, from 0 on, with registers saved at offsets from that. `live` is
   * the bit set of those, `saved` their offsets by column. False where that is not plain, or too much.
   */
  write(cfaColumn: number, cfaOffset: number, live: number, saved: Int32Array): boolean {
    const { code } = this;
    const required = this.#required;
    if ((live & this.#forbidden) !== 0 || (live & required) !== required || cfaOffset >= farthest) return false;
    if (required !== 0 && saved[this.#pcColumn] !== -8) return false;
    const pairs = (this.#at + 2) | 0;
    let end = pairs;
    let lowest = required === 0 ? 0 : -8;
    let problem = (cfaOffset << 31) | (cfaOffset << 30) | (cfaOffset << 29);
    for (let rest = live & ~required; rest !== 0; rest &= rest - 1) {
      const column = 31 - Math.clz32(rest & -rest);
      const offset = saved[column]!;
      // Negative where the offset is not from -farthest + 8 to -8, or not a multiple of 8.
      problem |= (offset + farthest - 8) | (-8 - offset) | (offset << 31) | (offset << 30) | (offset << 29);
      if (offset < lowest) lowest = offset;
      code[end++] = (offset << 5) | column;
    }
    if (problem < 0 || lowest === 0 || end - pairs > mostPairs) return false;
    if (cfaColumn === this.#spColumn && cfaOffset + lowest < 0) return false;
    code[this.#at] = (cfaOffset << 9) | (cfaColumn << 6) | ((end - pairs) << 1);
    code[this.#at + 1] = lowest >> 3;
    return true;
  }

  /** Takes over the rules of another place; false where they are not plain, or too much. */
  copy(from: Int32Array, start: number): boolean {
    const { code } = this;
    const lowest = from[start + 1]!;
    const count = (from[start]! >> 1) & 31;
    if (lowest === nowhere || count > mostPairs) return false;
    const at = this.#at;
    const words = count + 2;
    for (let word = 0; word < words; word++) code[at + word] = from[start + word]!;
    return true;
  }
}

/** Stands for the lowest place of rules that are not plain: added to any place in memory, it is below it. */
export const nowhere = -0x4000_0000;
