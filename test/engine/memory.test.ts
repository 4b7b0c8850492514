import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Memory, MemoryWindow } from '../../engine/index.ts';
import { hi, lo } from './hand-made.ts';

const bytes = (length: number, first = 0): Uint8Array => Uint8Array.from({ length }, (_, i) => first + i);
const at = (window: MemoryWindow, address: bigint, length: number) => window.offsetOf(lo(address), hi(address), length);

describe('a window', () => {
  test.each([0x7000n, 0xffff_fff8n, 0xffff_8000_0000_0000n, 0xffff_ffff_ffff_fff0n])(
    'at %i has the addresses it says',
    (start) => {
      const window = new MemoryWindow(start, bytes(16));
      expect([window.startLo, window.startHi, window.size]).toEqual([lo(start), hi(start), 16]);
      expect([window.firstLo, window.firstHi]).toEqual([lo(start) | 0, hi(start) | 0]);
      expect([0n, 1n, 8n, 15n].map((offset) => at(window, BigInt.asUintN(64, start + offset), 1))).toEqual([
        0, 1, 8, 15,
      ]);
      expect([at(window, start, 16), at(window, start, 17), at(window, start + 1n, 16)]).toEqual([0, -1, -1]);
      expect([at(window, start - 1n, 1), at(window, BigInt.asUintN(64, start + 16n), 1)]).toEqual([-1, -1]);
      expect(at(window, BigInt.asUintN(64, start + 16n), 0)).toBe(16);
      for (const far of [1n << 32n, 1n << 63n]) expect(at(window, BigInt.asUintN(64, start + far), 1)).toBe(-1);
    },
  );

  test('takes halves of an address as signed numbers, too', () => {
    const window = new MemoryWindow(0xffff_8000_ffff_fff8n, bytes(16));
    expect([window.offsetOf(-8, -32768, 8), window.offsetOf(0, -32767, 8)]).toEqual([0, 8]);
  });

  test('has nothing below what is readable', () => {
    const window = new MemoryWindow(0x7000n, bytes(16));
    window.readable = 8;
    expect([at(window, 0x7007n, 1), at(window, 0x7008n, 8)]).toEqual([-1, 8]);
  });

  test.each([
    // Address, offset of the bytes in their buffer, length; how many numbers of 32 and of 64 bits.
    [0x7000n, 0, 24, 6, 3],
    [0x7000n, 8, 24, 6, 3],
    [0x7000n, 0, 31, 7, 3],
    [0x7004n, 0, 24, 6, 0],
    [0x7004n, 4, 24, 6, 0],
    [0x7000n, 4, 24, 6, 0],
    [0x7002n, 0, 24, 0, 0],
    [0x7001n, 0, 24, 0, 0],
    [0x7000n, 2, 24, 0, 0],
    [0x7000n, 1, 24, 0, 0],
  ])(
    'at %i, from offset %i of a buffer, has its %i bytes as aligned numbers',
    (start, offset, length, words, quads) => {
      const buffer = bytes(64);
      const window = new MemoryWindow(start, buffer.subarray(offset, offset + length));
      expect([window.words.length, window.quads.length]).toEqual([words, quads]);
      const view = new DataView(buffer.buffer, offset);
      expect([...window.words]).toEqual(Array.from({ length: words }, (_, i) => view.getUint32(4 * i, true)));
      expect([...window.quads]).toEqual(Array.from({ length: quads }, (_, i) => view.getBigUint64(8 * i, true)));
    },
  );
});

describe('memory', () => {
  const low = new MemoryWindow(0x7000n, bytes(16));
  const high = new MemoryWindow(0x5_0000_7000n, bytes(16, 100));

  test('reads 8 bytes, low half first, from whichever window has them', () => {
    const memory = new Memory([low, high]);
    const out = new Uint32Array(4).fill(7);
    expect(memory.read64(0x7004, 5, out, 1)).toBe(true);
    expect([...out]).toEqual([7, 0x6b6a6968, 0x6f6e6d6c, 7]);
    expect(memory.last).toBe(high);
    expect(memory.read64(0x7001, 0, out, 0)).toBe(true);
    expect([...out]).toEqual([0x04030201, 0x08070605, 0x6f6e6d6c, 7]);
    expect(memory.last).toBe(low);
  });

  test('that cannot be read leaves what was there', () => {
    const memory = new Memory([low, high]);
    const out = new Uint32Array(2).fill(7);
    expect([
      memory.read64(0x7009, 0, out, 0),
      memory.read64(0x6fff, 5, out, 0),
      memory.read64(0x7000, 1, out, 0),
    ]).toEqual([false, false, false]);
    expect([...out]).toEqual([7, 7]);
    expect(new Memory([]).read64(0, 0, out, 0)).toBe(false);
    expect(memory.last, 'the first, as nothing else answered').toBe(low);
  });

  test('is asked for in the window that answered last, before others that overlap it', () => {
    const same = new MemoryWindow(0x7000n, bytes(32));
    const memory = new Memory([low, same]);
    expect(memory.find(0x7000, 0, 8)).toBe(low);
    expect(memory.find(0x7010, 0, 8)).toBe(same);
    expect(memory.find(0x7000, 0, 8)).toBe(same);
    expect(memory.find(0x7020, 0, 1)).toBeUndefined();
    expect(memory.last).toBe(same);
  });

  test('is read as its bytes say, at any address', () => {
    const start = 0xffff_fff3n;
    const content = bytes(64);
    const memory = new Memory([
      new MemoryWindow(start, content.subarray(0, 30)),
      new MemoryWindow(start + 30n, content.subarray(30)),
    ]);
    const view = new DataView(content.buffer);
    const property = (offset: number) => {
      const out = new Uint32Array(2);
      const address = start + BigInt(offset);
      const isThere = (offset >= 0 && offset <= 22) || (offset >= 30 && offset <= 56);
      expect(memory.read64(lo(address), hi(address), out, 0)).toBe(isThere);
      if (isThere) expect((BigInt(out[1]!) << 32n) | BigInt(out[0]!)).toBe(view.getBigUint64(offset, true));
    };
    fc.assert(fc.property(fc.integer({ min: -10, max: 70 }), property), { numRuns: 200 });
  });
});
