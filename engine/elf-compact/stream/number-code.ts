import type { BitReader } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';

/** Numbers are told by how many bits they have (in a symbol) and the bits below the highest. */
export function bitCount(number: number): number {
  return 32 - Math.clz32(number);
}

/** Writes the bits below the highest of a number below 2^32. */
export function putLowBits(out: BitWriter, number: number): void {
  const bits = bitCount(number);
  if (bits > 1) out.put(number, bits - 1);
}

/** Reads the bits below the highest of a number that has so many. */
export function takeNumber(bits: BitReader, count: number): number {
  if (count > 32) throw bits.invalid('a number of at most 32 bits');
  return count === 0 ? 0 : ((1 << (count - 1)) >>> 0) + bits.take(count - 1);
}
