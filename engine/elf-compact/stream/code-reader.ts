import type { ByteReader } from '../../dwarf/byte-reader.ts';
import type { BitReader } from './bit-reader.ts';
import { longestCode } from './constants.ts';

/** Enough for most words, and quickly filled. */
const prefixBits = 8;

/**
 * A canonical prefix code as it lies in the section: how many words there are of each length, then the symbols in the
 * order of their words. Words are numbered upwards, the shorter ones first, so that nothing else has to be known.
 */
export class CodeReader {
  /** Offset of the first symbol in the section. */
  readonly #symbols: number;
  readonly #symbolSize: number;
  readonly #longest: number;
  /** By length: words are below this, filled up with zeros to `longestCode` bits. */
  readonly #limit = new Uint16Array(longestCode + 1);
  /** By length: what to add to a word for the index of its symbol. */
  readonly #base = new Int32Array(longestCode + 1);
  /** By the next `prefixBits` bits: the length of the shortest word that begins with them. */
  readonly #shortest = new Uint8Array(1 << prefixBits);

  /** Reads the code at the reader's position and goes behind it. Throws `UnwindError` where it is no prefix code. */
  constructor(reader: ByteReader, symbolSize: number) {
    const start = reader.position;
    const longest = reader.u8();
    if (longest > longestCode) throw reader.invalid(`code words of at most ${longestCode} bits`, start);
    // Of the only word without bits, everything is a beginning.
    this.#limit[0] = longest === 0 ? 1 << longestCode : 0;
    let word = 0;
    let count = longest === 0 ? 1 : 0;
    for (let length = 1; length <= longest; length++) {
      const words = reader.u16();
      word *= 2;
      this.#base[length] = count - word;
      word += words;
      count += words;
      if (word > 2 ** length) throw reader.invalid(`at most 2^${length} code words of ${length} bits`, start);
      this.#limit[length] = word * 2 ** (longestCode - length);
    }
    this.#longest = longest;
    this.#symbolSize = symbolSize;
    this.#symbols = reader.skip(count * symbolSize, 0);
    let length = Math.min(1, longest);
    for (let prefix = 0; prefix < this.#shortest.length; prefix++) {
      while (length < longest && prefix << (longestCode - prefixBits) >= this.#limit[length]!) length++;
      this.#shortest[prefix] = length;
    }
  }

  /** Reads a word: the offset of its symbol in the section. */
  read(bits: BitReader): number {
    const next = bits.peek();
    const limit = this.#limit;
    let length = this.#shortest[next >>> (longestCode - prefixBits)]!;
    while (next >= limit[length]!) {
      if (++length > this.#longest) throw bits.invalid('a code word that has a symbol');
    }
    bits.skip(length);
    return this.#symbols + (this.#base[length]! + (next >>> (longestCode - length))) * this.#symbolSize;
  }
}
