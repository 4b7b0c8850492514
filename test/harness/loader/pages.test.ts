import { describe, expect, it } from 'vitest';
import { bytesAt, mapRegions, type Region } from '../../../harness/loader/pages.ts';

function region(address: bigint, size: number, bytes: readonly number[] = [], writable = false): Region {
  return { address, size, bytes: Uint8Array.from(bytes), readable: true, writable, executable: !writable };
}

describe('mapRegions()', () => {
  it('gives every region whole pages, zero where the file has nothing', () => {
    const [first, second] = mapRegions([region(0x5010n, 0x1000, [1, 2]), region(0x1ff0n, 4, [9])], 'file');
    expect([first!.address, first!.bytes.byteLength]).toEqual([0x1000n, 0x1000]);
    expect([second!.address, second!.bytes.byteLength]).toEqual([0x5000n, 0x2000]);
    expect([...bytesAt([second!], 0x500fn, 4)!]).toEqual([0, 1, 2, 0]);
    expect(second!.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('makes one segment with the rights of both of regions that share a page', () => {
    const segments = mapRegions([region(0x1000n, 0x100, [1]), region(0x1100n, 0x2000, [2], true)], 'file');
    expect(segments).toHaveLength(1);
    expect(segments[0]).toMatchObject({ address: 0x1000n, readable: true, writable: true, executable: true });
    expect(segments[0]!.bytes.byteLength).toBe(0x3000);
    expect([segments[0]!.bytes[0], segments[0]!.bytes[0x100]]).toEqual([1, 2]);
  });

  it('leaves empty regions out', () => {
    expect(mapRegions([region(0x1000n, 0)], 'file')).toEqual([]);
  });

  it('refuses regions that overlap, leave the address space or need too much memory', () => {
    expect(() => mapRegions([region(0x1000n, 0x11), region(0x1010n, 1)], 'file')).toThrow(/must not overlap/);
    expect(() => mapRegions([region(2n ** 64n - 0x1000n, 0x800)], 'file')).toThrow(/within the address space/);
    const half = 200 * 2 ** 20;
    expect(() => mapRegions([region(0x1000n, half), region(2n ** 40n, half)], 'file')).toThrow(
      /at most 268435456 bytes/,
    );
  });
});

describe('bytesAt()', () => {
  const segments = mapRegions([region(0x1000n, 0x1000)], 'file');

  it.each([
    [0xfffn, 2],
    [0x1fffn, 2],
    [0x5000n, 1],
    [2n ** 64n - 1n, 1],
  ])('finds nothing at 0x%s where %i bytes are not all mapped', (address, length) => {
    expect(bytesAt(segments, address, length)).toBeUndefined();
  });
});
