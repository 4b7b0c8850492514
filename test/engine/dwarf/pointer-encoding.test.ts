import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../../engine/dwarf/byte-reader.ts';
import { EncodedPointer, followPointer, readEncodedPointer } from '../../../engine/dwarf/pointer-encoding.ts';
import { Memory, MemoryWindow } from '../../../engine/memory.ts';
import { u32, u64 } from './frame-bytes.ts';

const bases = {
  section: { lo: 0x5000, hi: 0x10 },
  text: { lo: 0x6000, hi: 0x10 },
  data: { lo: 0x7000, hi: 0x10 },
  absolute: { lo: 0, hi: 0 },
};
const functionBase = { lo: 0x8000, hi: 0x10 };

/** Decodes a pointer that lies `at` bytes into the section. */
function decode(encoding: number, bytes: readonly number[], at = 0, from: Partial<typeof bases> = bases) {
  const reader = new ByteReader(Uint8Array.from([...new Array<number>(at).fill(0xaa), ...bytes]), '.eh_frame');
  reader.position = at;
  const pointer = new EncodedPointer();
  const all = { text: undefined, data: undefined, section: bases.section, absolute: bases.absolute, ...from };
  readEncodedPointer(reader, encoding, 8, all, from === bases ? functionBase : undefined, pointer);
  const value = (BigInt(pointer.hi) << 32n) | BigInt(pointer.lo);
  return { value, indirect: pointer.indirect, present: pointer.present, end: reader.position };
}

describe('readEncodedPointer', () => {
  it.each([
    ['absptr', 0x00, u64(0xfedcba98_76543210n), 0xfedcba98_76543210n],
    ['uleb128', 0x01, [0xb9, 0x64], 12857n],
    ['udata2', 0x02, [0xfe, 0xff], 0xfffen],
    ['udata4', 0x03, u32(0xfffffffe), 0xfffffffen],
    ['udata8', 0x04, u64(-2), 0xffffffff_fffffffen],
    ['signed', 0x08, u64(-2), 0xffffffff_fffffffen],
    ['sleb128', 0x09, [0x7e], 0xffffffff_fffffffen],
    ['sdata2', 0x0a, [0xfe, 0xff], 0xffffffff_fffffffen],
    ['sdata4', 0x0b, u32(-2), 0xffffffff_fffffffen],
    ['sdata8', 0x0c, u64(-2), 0xffffffff_fffffffen],
  ])('reads format %s', (_, encoding, bytes, value) => {
    expect(decode(encoding, bytes)).toEqual({ value, indirect: false, present: true, end: bytes.length });
  });

  // A value of -2 in four signed bytes, three bytes into the section at 0x10_00005000.
  it.each([
    ['nothing', 0x0b, 0xffffffff_fffffffen],
    ['the pointer itself (gimli #576)', 0x1b, 0x10_00005001n],
    ['text', 0x2b, 0x10_00005ffen],
    ['data', 0x3b, 0x10_00006ffen],
    ['the function', 0x4b, 0x10_00007ffen],
  ])('counts from %s, directly and indirectly (BOLT #196777)', (_, encoding, value) => {
    expect(decode(encoding, u32(-2), 3)).toEqual({ value, indirect: false, present: true, end: 7 });
    expect(decode(encoding | 0x80, u32(-2), 3)).toEqual({ value, indirect: true, present: true, end: 7 });
  });

  it('adds how far the module was moved to pointers that count from nothing', () => {
    expect(decode(0x00, u64(0x1234), 0, { absolute: { lo: 0xffffff00, hi: 1 } }).value).toBe(0x2_00001134n);
  });

  it('aligned: skips to a multiple of eight in memory, not in the section', () => {
    const section = { lo: 0x5003, hi: 0 };
    // From 0x5004 the next multiple of eight is 0x5008, five bytes into the section.
    const bytes = [0xee, 0xee, 0xee, 0xee, ...u64(0x1234)];
    expect(decode(0x50, bytes, 1, { section })).toMatchObject({ value: 0x1234n, end: 13 });
    expect(decode(0x50, u64(0x1234), 5, { section })).toMatchObject({ value: 0x1234n, end: 13 });
  });

  it('leaves 0 as it is, whatever it counts from (wasmer #6285)', () => {
    for (const encoding of [0x1b, 0x2b, 0x3b, 0x4b, 0x9b]) {
      expect(decode(encoding, u32(0), 3)).toEqual({ value: 0n, indirect: false, present: false, end: 7 });
    }
  });

  it('omit reads nothing', () => {
    expect(decode(0xff, [])).toEqual({ value: 0n, indirect: false, present: false, end: 0 });
  });

  it.each(['05', '06', '07', '0d', '0e', '0f', '53', '60', '7b'])('encoding 0x%s is unsupported', (encoding) => {
    expect(() => decode(Number.parseInt(encoding, 16), u64(-1))).toThrow(
      expect.objectContaining({ kind: 'unsupported' }),
    );
  });

  it('a base that is not known is unsupported', () => {
    for (const encoding of [0x2b, 0x3b, 0x4b]) {
      expect(() => decode(encoding, u32(4), 0, {})).toThrow(expect.objectContaining({ kind: 'unsupported' }));
    }
  });
});

describe('followPointer', () => {
  const memory = new Memory([new MemoryWindow(0x9000n, Uint8Array.from(u64(0x12_3456_789an)))]);
  const pointer = (lo: number, indirect: boolean): EncodedPointer =>
    Object.assign(new EncodedPointer(), { present: true, indirect, lo });

  it('loads what an indirect pointer points to', () => {
    const followed = pointer(0x9000, true);
    followPointer(followed, memory, '.eh_frame', 7);
    expect(followed).toEqual({ present: true, indirect: false, lo: 0x3456789a, hi: 0x12 });
  });

  it('leaves a direct pointer alone', () => {
    const direct = pointer(0x1000, false);
    followPointer(direct, memory, '.eh_frame', 7);
    expect(direct.lo).toBe(0x1000);
  });

  it('is unreadable where there is no memory', () => {
    expect(() => followPointer(pointer(0x9001, true), memory, '.eh_frame', 7)).toThrow(
      expect.objectContaining({ kind: 'unreadable', offset: 7 }),
    );
  });
});
