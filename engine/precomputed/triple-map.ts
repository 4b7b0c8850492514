const wordsPerEntry = 4;
const none = -1;

/** A map from three 32-bit integers, the first not negative, to a number that is not negative. */
export class TripleMap {
  /** The number of entries. */
  count = 0;
  /** Entries of four words with linear probing; the first word is -1 where free. At most half of it is in use. */
  #words: Int32Array;
  /** Capacity minus one. */
  #mask: number;

  /** `capacity` is a power of two. */
  constructor(capacity: number) {
    this.#words = new Int32Array(wordsPerEntry * capacity).fill(none);
    this.#mask = capacity - 1;
  }

  /** The number of a triple, or -1. */
  get(a: number, b: number, c: number): number {
    const words = this.#words;
    const mask = this.#mask;
    let place = hash(a, b, c) & mask;
    for (;;) {
      const word = wordsPerEntry * place;
      const first = words[word]!;
      if (first === a && words[word + 1] === b && words[word + 2] === c) return words[word + 3]!;
      if (first === none) return none;
      place = (place + 1) & mask;
    }
  }

  /** Adds a triple that is not there. */
  add(a: number, b: number, c: number, value: number): void {
    if (2 * this.count > this.#mask) this.#grow();
    this.count++;
    this.#place(a, b, c, value);
  }

  #place(a: number, b: number, c: number, value: number): void {
    const words = this.#words;
    let place = hash(a, b, c) & this.#mask;
    while (words[wordsPerEntry * place] !== none) place = (place + 1) & this.#mask;
    const word = wordsPerEntry * place;
    words[word] = a;
    words[word + 1] = b;
    words[word + 2] = c;
    words[word + 3] = value;
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Int32Array(2 * old.length).fill(none);
    this.#mask = 2 * this.#mask + 1;
    for (let word = 0; word < old.length; word += wordsPerEntry) {
      if (old[word] !== none) this.#place(old[word]!, old[word + 1]!, old[word + 2]!, old[word + 3]!);
    }
  }
}

function hash(a: number, b: number, c: number): number {
  const mixed = Math.imul(a, 0x9e37_79b1) ^ Math.imul(b, 0x85eb_ca6b) ^ Math.imul(c, 0xc2b2_ae35);
  return mixed ^ (mixed >>> 15);
}
