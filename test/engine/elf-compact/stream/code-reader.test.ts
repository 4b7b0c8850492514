import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../../../engine/dwarf/byte-reader.ts';
import { BitReader } from '../../../../engine/elf-compact/stream/bit-reader.ts';
import { CodeReader } from '../../../../engine/elf-compact/stream/code-reader.ts';
import { takeNumber } from '../../../../engine/elf-compact/stream/number-code.ts';

const section = '.eh_frame_hdr';

/** Words of so many counts by length, their symbols one byte each, and what they read from bits. */
function symbolsOf(counts: readonly number[], bits: readonly number[], words: number): number[] {
  const symbols = counts.reduce((sum, count) => sum + count, counts.length === 0 ? 1 : 0);
  const bytes = Uint8Array.from([
    counts.length,
    ...counts.flatMap((count) => [count & 0xff, count >> 8]),
    ...Array.from({ length: symbols }, (_, i) => i),
    ...bits,
  ]);
  const code = new CodeReader(new ByteReader(bytes, section), 1);
  const reader = new BitReader(bytes, section);
  reader.window(bytes.length - bits.length, bytes.length);
  return Array.from({ length: words }, () => bytes[code.read(reader)]!);
}

describe('a code', () => {
  it('has words of one length in ascending order, and longer ones behind them', () => {
    // 0, 10, 110, 111
    expect(symbolsOf([1, 1, 2], [0b0_10_110_11, 0b1_0000000], 5)).toEqual([0, 1, 2, 3, 0]);
  });

  it('has words of more than a byte', () => {
    // 0, 10000000000, 10000000001, 10000000010
    const counts = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3];
    expect(symbolsOf(counts, [0b01000000, 0b00011000, 0b00000100], 4)).toEqual([0, 2, 3, 0]);
  });

  it('has words of up to 15 bits', () => {
    const counts = [...Array<number>(14).fill(1), 2];
    expect(symbolsOf(counts, [0xff, 0xfd, 0xff, 0xfc], 2)).toEqual([14, 15]);
  });

  it('needs no bits for a single symbol', () => {
    expect(symbolsOf([], [], 3)).toEqual([0, 0, 0]);
  });

  it.each([
    ['short', [1], [0b10000000]],
    ['of a byte', [0, 0, 0, 0, 0, 0, 0, 1], [0b00000001]],
    ['long', [1, 0, 0, 0, 0, 0, 0, 0, 0, 1], [0b11111111, 0]],
    ['of most bits', [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [0xff, 0xff]],
  ])('is an error where a word has no symbol: %s', (_, counts, bits) => {
    expect(() => symbolsOf(counts, bits, 1)).toThrow(/expected a code word that has a symbol/);
  });

  it('is an error where it is cut off', () => {
    expect(() => symbolsOf([1, 1, 2], [0b110_110_11], 3)).toThrow(/expected 3 bits before/);
  });
});

describe('takeNumber()', () => {
  const reader = (): BitReader => {
    const bits = new BitReader(Uint8Array.of(0x12, 0x34, 0x56, 0x78, 0x9a), section);
    bits.window(0, 5);
    return bits;
  };

  it('reads the bits below the highest', () => {
    expect([0, 1, 2, 9, 32].map((count) => takeNumber(reader(), count))).toEqual([0, 1, 2, 0x112, 0x891a2b3c]);
  });

  it('reads at most 32 bits', () => {
    expect(() => takeNumber(reader(), 33)).toThrow(/a number of at most 32 bits/);
  });
});
