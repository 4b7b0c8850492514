import { describe, expect, test } from 'vitest';
import { CurrentFrame } from '../../../engine/current-frame.ts';
import { aarch64, Memory, MemoryWindow, UnwindError } from '../../../engine/index.ts';
import { aarch64Trampoline } from '../../../engine/signal/aarch64.ts';
import { column, registerFile } from '../hand-made.ts';

/** Offsets in the kernel's `struct rt_sigframe`: x0, the registers' end, the list of records and its end. */
const registers = 128 + 176 + 8;
const pstate = registers + 8 * 33;
const records = 128 + 176 + 288;
const recordsEnd = records + 4096;
/** Of d8 and behind d15, where the FPSIMD record is the first. */
const d8 = records + 16 + 16 * 8;
const d15End = d8 + 16 * 8;

const { columnCount } = aarch64;
const marker = (name: string): bigint => 0xfeed_0000_0000_0001n | (BigInt(column(aarch64, name)) << 32n);
const names = [...Array.from({ length: 31 }, (_, i) => `x${i}`), 'sp', 'pc'];
const vectors = Array.from({ length: 8 }, (_, i) => `d${i + 8}`);

/** The bytes of a frame, behind whose list are more that make no record. */
function signalFrame(hasVectors: boolean): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(recordsEnd + 16);
  const view = new DataView(bytes.buffer);
  names.forEach((name, i) => {
    view.setBigUint64(registers + 8 * i, marker(name), true);
  });
  view.setUint32(recordsEnd, 0x1234, true);
  view.setUint32(recordsEnd + 4, 8, true);
  view.setUint32(records, hasVectors ? 0x46508001 : 0x1234, true);
  view.setUint32(records + 4, hasVectors ? 0x210 : 4096, true);
  vectors.forEach((name, i) => {
    view.setBigUint64(d8 + 16 * i, marker(name), true);
  });
  return bytes;
}

/** Restores what `bytes` at SP hold; a window ends at each of the cuts. The caller's registers were others before. */
function restored(bytes: Uint8Array, sp: bigint, ...cuts: readonly number[]) {
  const values = new Uint32Array(4 * columnCount).fill(0xa5a5a5a5);
  values.set(registerFile(aarch64, { sp }));
  const ends = [...cuts, bytes.length];
  const windows = ends.map((end, i) => new MemoryWindow(sp + BigInt(ends[i - 1] ?? 0), bytes.slice(ends[i - 1], end)));
  const frame = new CurrentFrame(values, new Uint8Array(2 * columnCount).fill(1), new Memory(windows));
  aarch64Trampoline.restore(frame, columnCount);
  return (name: string) => {
    const index = columnCount + column(aarch64, name);
    return frame.known[index] === 1 ? (BigInt(values[2 * index + 1]!) << 32n) | BigInt(values[2 * index]!) : undefined;
  };
}

describe('the kernel’s frame of a signal on AArch64', () => {
  test('has all registers, and none of what was there before', () => {
    const value = restored(signalFrame(true), 0x7000n);
    for (const name of [...names, ...vectors]) expect(value(name), name).toBe(marker(name));
    expect(value('ra_sign_state')).toBe(0n);
  });

  test('without vectors leaves d8–d15 unknown, also where its list is full', () => {
    const value = restored(signalFrame(false), 0x7000n);
    expect(vectors.map(value)).toEqual(vectors.map(() => undefined));
    for (const name of names) expect(value(name), name).toBe(marker(name));
  });

  test.each([pstate, d15End])('need not be in one window behind byte %i', (cut) => {
    const value = restored(signalFrame(true), 0x7000n, cut);
    for (const name of [...names, ...vectors]) expect(value(name), name).toBe(marker(name));
  });

  test.each([
    ['d8–d15', d8 + 8, d8, 128],
    ['d8–d15', d15End - 1, d8, 128],
    ['the head of a record', records + 4, records, 8],
  ])('is unreadable where %s is cut at byte %i', (_, cut, from, size) => {
    expect(() => restored(signalFrame(true), 0x7000n, cut)).toThrow(
      new UnwindError(
        'unreadable',
        'signal frame',
        -1,
        `expected ${size} readable bytes at 0x${(0x7000 + from).toString(16)}`,
      ),
    );
  });

  test.each([0, 1, 2])('may have a multiple of 2^32 %i bytes behind where x0 is', (distance) => {
    const sp = 0x7_0000_0000n - BigInt(registers + distance);
    const value = restored(signalFrame(true), sp);
    expect([value('x0'), value('x30'), value('d8')]).toEqual([marker('x0'), marker('x30'), marker('d8')]);
  });
});
