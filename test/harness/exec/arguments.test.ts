import { describe, expect, it } from 'vitest';
import { x86_64 } from '../../../engine/index.ts';
import { ArgumentError, parseArguments, placeArguments } from '../../../harness/exec/arguments.ts';
import type { LoadedImage } from '../../../harness/loader/index.ts';

describe('parseArguments()', () => {
  it('reads numbers and buffers', () => {
    expect(parseArguments('1, 0x10,-1,buffer:256')).toEqual([
      { value: 1n },
      { value: 0x10n },
      { value: 0xffff_ffff_ffff_ffffn },
      { buffer: 256 },
    ]);
    expect(parseArguments('')).toEqual([]);
  });

  it.each([
    'one',
    '1,,2',
    '0x',
    'buffer:',
    'buffer:-1',
    '0x10000000000000000',
    '-9223372036854775809',
    '1,2,3,4,5,6,7',
  ])('refuses %j', (text) => {
    expect(() => parseArguments(text)).toThrow(ArgumentError);
  });
});

describe('placeArguments()', () => {
  const empty: LoadedImage = { architecture: x86_64, modules: [], segments: [] };

  it('gives buffers writable memory of their own with seeded content', () => {
    const given = [{ value: 5n }, { buffer: 20 }, { buffer: 0x1000 }];
    const { image, values } = placeArguments(empty, given, '1');
    const [segment] = image.segments;
    expect([image.segments.length, segment!.writable, segment!.executable]).toEqual([1, true, false]);
    expect(values).toEqual([5n, segment!.address, segment!.address + 32n]);
    expect(segment!.bytes.byteLength).toBe(0x2000);
    const again = placeArguments(empty, given, '1').image.segments[0]!.bytes;
    const other = placeArguments(empty, given, '2').image.segments[0]!.bytes;
    expect(Buffer.compare(segment!.bytes, again)).toBe(0);
    expect(Buffer.compare(segment!.bytes, other)).not.toBe(0);
  });

  it('keeps them away from the image', () => {
    const [first] = placeArguments(empty, [{ buffer: 1 }], '1').image.segments;
    const taken = { ...empty, segments: [first!] };
    const [, second] = placeArguments(taken, [{ buffer: 1 }], '1').image.segments;
    expect(second!.address).toBe(first!.address + 2n ** 32n);
  });

  it('changes nothing where there are no buffers', () => {
    expect(placeArguments(empty, [{ value: 1n }], '1')).toEqual({ image: empty, values: [1n] });
  });
});
