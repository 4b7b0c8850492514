/**
 * Finds the last of many ascending numbers that is not above a given one: an index of equal stretches, about as many as
 * there are numbers, leaves few to choose from.
 */
export class StretchIndex {
  readonly #numbers: Uint32Array;
  /** By number shifted right: how many numbers are below the stretch. */
  readonly #below: Uint32Array;
  readonly #shift: number;

  /** `numbers` is ascending, and kept. */
  constructor(numbers: Uint32Array) {
    const count = numbers.length;
    const last = count === 0 ? 0 : numbers[count - 1]!;
    this.#numbers = numbers;
    this.#shift = Math.min(31, 32 - Math.clz32(Math.ceil(last / Math.max(count, 1))));
    this.#below = new Uint32Array((last >>> this.#shift) + 2);
    let stretch = 0;
    for (let i = 0; i < count; i++) {
      const own = numbers[i]! >>> this.#shift;
      while (stretch <= own) this.#below[stretch++] = i;
    }
    while (stretch < this.#below.length) this.#below[stretch++] = count;
  }

  /** The index of the last number not above this one, which is at least 0 and below 2^32; -1 where there is none. */
  find(number: number): number {
    const numbers = this.#numbers;
    const below = this.#below;
    const stretch = number >>> this.#shift;
    if (stretch + 1 >= below.length) return numbers.length - 1;
    let from = below[stretch]!;
    let to = below[stretch + 1]!;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (numbers[middle]! <= number) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }
}
