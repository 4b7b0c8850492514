import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../../engine/dwarf/byte-reader.ts';

const reader = (...bytes: number[]): ByteReader => new ByteReader(Uint8Array.from(bytes), '.test');

function uleb(...bytes: number[]): bigint {
  const cursor = reader(...bytes);
  const lo = cursor.uleb();
  expect(cursor.position).toBe(bytes.length);
  return (BigInt(cursor.hi) << 32n) | BigInt(lo);
}

function sleb(...bytes: number[]): bigint {
  const cursor = reader(...bytes);
  const lo = cursor.sleb();
  expect(cursor.position).toBe(bytes.length);
  return BigInt.asIntN(64, (BigInt(cursor.hi) << 32n) | BigInt(lo));
}

/** The shortest encoding, and `redundant` more bytes that change nothing. */
function encode(value: bigint, signed: boolean, redundant: number): number[] {
  const groups: number[] = [];
  let rest = value;
  const done = () =>
    signed
      ? (rest === 0n && (groups.at(-1)! & 0x40) === 0) || (rest === -1n && (groups.at(-1)! & 0x40) !== 0)
      : rest === 0n;
  do {
    groups.push(Number(rest & 0x7fn));
    rest >>= 7n;
  } while (!done());
  for (let i = 0; i < redundant; i++) groups.push(value < 0n ? 0x7f : 0);
  return groups.map((group, i) => (i === groups.length - 1 ? group : group | 0x80));
}

describe('ByteReader', () => {
  it('reads little-endian numbers of 1, 2, 4 and 8 bytes', () => {
    const cursor = reader(0xfe, 0x01, 0x80, 1, 2, 3, 0x84, 1, 2, 3, 4, 0xf5, 6, 7, 0xf8);
    expect(cursor.u8()).toBe(0xfe);
    expect(cursor.u16()).toBe(0x8001);
    expect(cursor.u32()).toBe(0x84030201);
    expect(cursor.u64()).toBe(0x04030201);
    expect(cursor.hi).toBe(0xf80706f5);
  });

  // The examples of DWARF 5, figures C.1 and C.2 (tables 7.7 and 7.8).
  it('decodes the ULEB128 examples of DWARF', () => {
    expect([uleb(2), uleb(127), uleb(0x80, 1), uleb(0x81, 1), uleb(0x82, 1), uleb(0xb9, 0x64)]).toEqual([
      2n,
      127n,
      128n,
      129n,
      130n,
      12857n,
    ]);
  });

  it('decodes the SLEB128 examples of DWARF', () => {
    expect([sleb(2), sleb(0x7e), sleb(0xff, 0), sleb(0x81, 0x7f), sleb(0x80, 1), sleb(0x80, 0x7f)]).toEqual([
      2n,
      -2n,
      127n,
      -127n,
      128n,
      -128n,
    ]);
  });

  it('decodes every 64-bit ULEB128, with redundant bytes too', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(13), (value, redundant) => {
        expect(uleb(...encode(value, false, redundant))).toBe(value);
      }),
    );
  });

  it('decodes every 64-bit SLEB128, with redundant bytes too', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.nat(13), (value, redundant) => {
        expect(sleb(...encode(value, true, redundant))).toBe(value);
      }),
    );
  });

  it('refuses LEB128 numbers beyond 64 bits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 64n, max: 2n ** 90n }), fc.nat(3), (value, redundant) => {
        expect(() => uleb(...encode(value, false, redundant))).toThrow(/ULEB128 number of at most 64 bits/);
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 63n, max: 2n ** 90n }), fc.boolean(), fc.nat(3), (value, minus, redundant) => {
        const signed = minus ? -value - 1n : value;
        expect(() => sleb(...encode(signed, true, redundant))).toThrow(/SLEB128 number of at most 64 bits/);
      }),
    );
  });

  it('names section and offset where bytes are missing', () => {
    for (const read of ['u8', 'u16', 'u32', 'u64', 'uleb', 'sleb'] as const) {
      const cursor = reader(1, 2, 0x80);
      cursor.position = read === 'u8' ? 3 : 2;
      expect(() => cursor[read]()).toThrow(expect.objectContaining({ kind: 'invalid', section: '.test' }));
      expect(() => cursor[read]()).toThrow(/^\.test\+0x[23]: expected \d byte/);
    }
  });

  it('reads C strings up to a limit', () => {
    const cursor = reader(0x7a, 0x52, 0, 1);
    expect(cursor.cString(2)).toBe('zR');
    expect(cursor.position).toBe(3);
    expect(() => reader(0x7a, 0x52, 0).cString(1)).toThrow(/a string of at most 1 character/);
    expect(() => reader(0x7a, 0x52).cString(9)).toThrow(/expected 1 byte/);
  });

  it('skips only what lies in the window', () => {
    const cursor = reader(1, 2, 3, 4);
    cursor.window(1, 3);
    expect(cursor.skip(2, 0)).toBe(1);
    expect(cursor.position).toBe(3);
    expect(() => cursor.skip(1, 0)).toThrow(/expected a length of at most 0/);
    cursor.window(1, 3);
    expect(() => cursor.skip(0, 1)).toThrow(/expected a length of at most 2/);
    expect(() => cursor.window(1, 5)).toThrow(/bytes in the section/);
    expect(() => cursor.window(3, 2)).toThrow(/bytes in the section/);
  });
});
