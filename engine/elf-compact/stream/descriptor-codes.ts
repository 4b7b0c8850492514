import type { DescriptorList } from '../descriptor-list.ts';
import type { BitWriter } from './bit-writer.ts';
import { CodeWriter } from './code-writer.ts';
import {
  byFields,
  byteSymbolSize,
  descriptorSymbolSize,
  highBytes,
  lowSymbolSize,
  mostSymbols,
  rawLow,
  sameLow,
} from './constants.ts';
import type { DescriptorIds } from './descriptor-ids.ts';
import { countSymbol, frequentSymbols } from './symbol-counts.ts';

/** Number of the symbol after which a descriptor follows by fields. */
const fieldsNumber = -1;

/** The codes descriptors are written with, made for one list of them. */
export class DescriptorCodes {
  /** Bits that the codes and all descriptors take. */
  readonly totalBits: number;
  readonly #list: DescriptorList;
  readonly #ids: DescriptorIds;
  readonly #descriptors: CodeWriter;
  readonly #lows: CodeWriter;
  readonly #highs: readonly CodeWriter[];
  readonly #known: ReadonlySet<number>;
  readonly #knownLows: ReadonlySet<number>;

  /** Symbols of whole descriptors are those that occur at least `least` times; the others are written by fields. */
  constructor(list: DescriptorList, ids: DescriptorIds, counts: ReadonlyMap<number, number>, least: number) {
    this.#list = list;
    this.#ids = ids;
    this.#known = frequentSymbols(counts, least, mostSymbols);
    const symbolCounts = new Map([...counts].filter(([number]) => this.#known.has(number)));
    const lowCounts = new Map<number, number>();
    const highCounts = Array.from({ length: highBytes }, () => new Map<number, number>());
    for (let i = 0; i < list.count; i++) {
      if (this.#known.has(ids.ofDescriptor[i]!)) continue;
      countSymbol(symbolCounts, fieldsNumber);
      countSymbol(lowCounts, ids.low[i]!);
      for (let byte = 0; byte < highBytes; byte++) countSymbol(highCounts[byte]!, highByte(list.hi[i]!, byte));
    }
    // A low half that occurs once takes as many bits as a symbol as it does as it is.
    this.#knownLows = frequentSymbols(lowCounts, 2, mostSymbols);
    const knownCounts = new Map<number, number>();
    let raw = 0;
    for (const [low, count] of lowCounts) {
      if (this.#isRaw(low)) raw += count;
      else knownCounts.set(low, count);
    }
    if (raw > 0) knownCounts.set(rawLow, raw);
    this.#descriptors = new CodeWriter(symbolCounts);
    this.#lows = new CodeWriter(knownCounts);
    this.#highs = highCounts.map((each) => new CodeWriter(each));
    const sizes =
      this.#descriptors.size(descriptorSymbolSize) +
      this.#lows.size(lowSymbolSize) +
      this.#highs.reduce((sum, code) => sum + code.size(byteSymbolSize), 0);
    this.totalBits =
      8 * sizes +
      32 * raw +
      this.#descriptors.totalBits +
      this.#lows.totalBits +
      this.#highs.reduce((sum, code) => sum + code.totalBits, 0);
  }

  putCodes(out: BitWriter): void {
    const { lo, hi } = this.#ids;
    this.#descriptors.putCode(out, (number) => {
      out.putBytes(number === fieldsNumber ? sameLow : lo[number]!, 4);
      out.putBytes(number === fieldsNumber ? byFields : hi[number]!, 4);
    });
    this.#lows.putCode(out, (low) => out.putBytes(low, lowSymbolSize));
    for (const code of this.#highs) code.putCode(out, (byte) => out.putBytes(byte, byteSymbolSize));
  }

  /** Writes a descriptor of the list. */
  put(out: BitWriter, index: number): void {
    const number = this.#ids.ofDescriptor[index]!;
    if (this.#known.has(number)) {
      this.#descriptors.put(out, number);
      return;
    }
    this.#descriptors.put(out, fieldsNumber);
    const low = this.#ids.low[index]!;
    if (this.#isRaw(low)) {
      this.#lows.put(out, rawLow);
      out.put(this.#list.lo[index]!, 32);
    } else this.#lows.put(out, low);
    const hi = this.#list.hi[index]!;
    for (let byte = 0; byte < highBytes; byte++) this.#highs[byte]!.put(out, highByte(hi, byte));
  }

  /** Whether the bits of a low half follow as they are. `rawLow` itself has no other way. */
  #isRaw(low: number): boolean {
    return low === rawLow || !this.#knownLows.has(low);
  }
}

function highByte(hi: number, byte: number): number {
  return (hi >>> (8 * byte)) & 0xff;
}
