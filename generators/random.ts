/**
 * A deterministic source of choices: the same seed gives the same sequence on every machine. The generator is sfc32
 * (PractRand) over 128 bits of state hashed from the seed's UTF-16 code units.
 */
export class Random {
  readonly seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(seed: string) {
    this.seed = seed;
    this.#a = hash(seed, 0x9e3779b9);
    this.#b = hash(seed, 0x243f6a88);
    this.#c = hash(seed, 0xb7e15162);
    this.#counter = 1;
    for (let i = 0; i < 12; i++) this.u32();
  }

  /** An independent generator whose seed is this one's with `name` appended; it takes nothing from this one. */
  derive(name: string | number): Random {
    return new Random(`${this.seed}/${name}`);
  }

  /** 0 to 2^32 - 1 */
  u32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** 0 to 2^64 - 1 */
  u64(): bigint {
    const high = this.u32();
    return (BigInt(high) << 32n) | BigInt(this.u32());
  }

  /** An integer from 0 to `bound` - 1, each as likely; throws a RangeError unless 1 <= bound <= 2^32. */
  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) throw new RangeError(`no choice below ${bound}`);
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let value = this.u32();
    while (value >= limit) value = this.u32();
    return value % bound;
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.u32() < p * 2 ** 32;
  }

  /** One element; throws a RangeError on an empty array. */
  pick<T>(array: readonly T[]): T {
    return array[this.below(array.length)]!;
  }

  /** A copy in random order. */
  shuffle<T>(array: readonly T[]): T[] {
    const shuffled = array.slice();
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
    }
    return shuffled;
  }

  /** `count` elements in their order in `array`; without `count`, each with probability one half. */
  subset<T>(array: readonly T[], count?: number): T[] {
    if (count === undefined) return array.filter(() => this.chance(0.5));
    if (count > array.length) throw new RangeError(`no ${count} of ${array.length} elements`);
    const chosen = this.shuffle(array.map((_, i) => i)).slice(0, count);
    return chosen.sort((x, y) => x - y).map((i) => array[i]!);
  }
}

/** FNV-1a over the code units, then the finalizer of MurmurHash3. */
function hash(text: string, basis: number): number {
  let value = basis;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) | 0;
}
