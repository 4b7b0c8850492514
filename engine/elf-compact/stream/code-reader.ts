import type { ByteReader } from '../../dwarf/byte-reader.ts';
import type { BitReader } from './bit-reader.ts';
import { longestCode } from './constants.ts';

/** So many bits are looked at in one go: enough for most words, and a table that is quickly filled. */
const prefixBits = 8;
const prefixShift = longestCode - prefixBits;
/** An entry of the table has the index of a symbol above the length of its word. */
const lengthBits = 4;
const lengthMask = (1 << lengthBits) - 1;
const longWord = -1;

/**
 * A canonical prefix code as it lies in the section: how many words there are of each length, then the symbols in the
 * order of their words. Words are numbered upwards, the shorter ones first, so that nothing else has to be known.
 */
export class CodeReader {
  /** Offset of the first symbol in the section. */
  readonly #symbols: number;
  readonly #symbolSize: number;
  /** By length: words are below this, filled up with zeros to `longestCode` bits; 0 behind the longest. */
  readonly #limit = new Int32Array(longestCode + 1);
  /** By length: what to add to a word for the index of its symbol. */
  readonly #base = new Int32Array(longestCode + 1);
  /** By the next bits: the word they begin with, or `longWord` where it is longer than that. */
  readonly #short = new Int32Array(1 << prefixBits);

  /** Reads the code at the reader's position and goes behind it. Throws `UnwindError` where it is no prefix code. */
  constructor(reader: ByteReader, symbolSize: number) {
    const start = reader.position;
    const longest = reader.u8();
    if (longest > longestCode) throw reader.invalid(`code words of at most ${longestCode} bits`, start);
    let word = 0;
    let count = longest === 0 ? 1 : 0;
    for (let length = 1; length <= longest; length++) {
      const words = reader.u16();
      word *= 2;
      this.#base[length] = count - word;
      if (word + words > 1 << length) throw reader.invalid(`at most 2^${length} code words of ${length} bits`, start);
      if (length <= prefixBits) this.#addShort(word, words, length, count);
      word += words;
      count += words;
      this.#limit[length] = word << (longestCode - length);
    }
    if (longest > 0) this.#short.fill(longWord, this.#limit[Math.min(longest, prefixBits)]! >>> prefixShift);
    this.#symbolSize = symbolSize;
    this.#symbols = reader.skip(count * symbolSize, 0);
  }

  /** Reads a word: the offset of its symbol in the section. */
  read(bits: BitReader): number {
    const next = bits.peek();
    const entry = this.#short[next >>> prefixShift]!;
    if (entry === longWord) return this.#readLong(bits, next);
    bits.skip(entry & lengthMask);
    return this.#symbols + (entry >>> lengthBits) * this.#symbolSize;
  }

  #readLong(bits: BitReader, next: number): number {
    let length = prefixBits;
    do {
      if (++length > longestCode) throw bits.invalid('a code word that has a symbol');
    } while (next >= this.#limit[length]!);
    bits.skip(length);
    return this.#symbols + (this.#base[length]! + (next >>> (longestCode - length))) * this.#symbolSize;
  }

  /** Enters so many words from one on, whose symbols begin with one. */
  #addShort(first: number, words: number, length: number, symbol: number): void {
    const shift = prefixBits - length;
    for (let i = 0; i < words; i++) {
      const from = (first + i) << shift;
      this.#short.fill(((symbol + i) << lengthBits) | length, from, from + (1 << shift));
    }
  }
}
