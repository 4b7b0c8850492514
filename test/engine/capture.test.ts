import { describe, expect, test } from 'vitest';
import {
  type AddressCursor,
  AddressSpace,
  captureAddresses,
  LocationCursor,
  Memory,
  type MemoryWindow,
  RuleCache,
  StackCursor,
  Step,
  UnwindError,
  x86_64,
} from '../../engine/index.ts';
import { type HandMadeRow, handMadeModule, registerFile, wordWindow } from './hand-made.ts';

const high = 0x7f00_0000_0000n;
const plain: HandMadeRow = {
  cfa: { register: 'rsp', offset: 16n },
  rules: { rbx: { kind: 'offset', offset: -16n }, rip: { kind: 'offset', offset: -8n } },
};
/** Needs the general step: the return address is read through `Memory.read64`. */
const unusual: HandMadeRow = { ...plain, rules: { ...plain.rules, rbp: { kind: 'valOffset', offset: 0n } } };
/** Function `i` was called by function `i + 1`. */
const pc = (i: number) => high + 0x1000n + 16n * BigInt(i) + 8n;
const depth = 8;

/** Bytes that were read of a window, as offsets; however they were read. */
function watch(window: MemoryWindow, read: Set<number>): MemoryWindow {
  const words = new Proxy(window.words, {
    get(target, key) {
      if (/^\d+$/.test(String(key))) read.add(4 * Number(key));
      return Reflect.get(target, key, target) as unknown;
    },
  });
  const quads = new Proxy(window.quads, {
    get(target, key) {
      if (/^\d+$/.test(String(key))) read.add(8 * Number(key)).add(8 * Number(key) + 4);
      return Reflect.get(target, key, target) as unknown;
    },
  });
  const view = new Proxy(window.view, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      return (offset: number, ...rest: unknown[]): unknown => {
        read.add(offset);
        return Reflect.apply(member, target, [offset, ...rest]);
      };
    },
  });
  return Object.assign(window, { words, quads, view });
}

function stack(row: HandMadeRow, error?: Error) {
  const functions = Array.from({ length: depth }, (_, i) => ({ start: pc(i) - 8n, end: pc(i) + 8n, row }));
  const rows = functions.map((made, i) => (error !== undefined && i === 3 ? { ...made, row: error } : made));
  const { module, source } = handMadeModule(x86_64, rows);
  const words = functions.map((_, i) => [0x7000n + 16n * BigInt(i) + 8n, pc(i + 1)] as const);
  const read = new Set<number>();
  const memory = new Memory([watch(wordWindow([[0x7000n, 0n], ...words]), read)]);
  return { source, read, memory, space: new AddressSpace(x86_64, [module]) };
}

const registers = registerFile(x86_64, { rip: pc(0), rsp: 0x7000n });
const addresses = (out: Uint32Array, count: number) =>
  Array.from({ length: count }, (_, i) => (BigInt(out[2 * i + 1]!) << 32n) | BigInt(out[2 * i]!));
const callers = (count: number) => Array.from({ length: count }, (_, i) => pc(i + 1));

describe.each([
  ['StackCursor', StackCursor],
  ['LocationCursor', LocationCursor],
] as const)('addresses captured with a %s', (_, Cursor) => {
  test.each([
    ['plain', plain],
    ['unusual', unusual],
  ])('of %s frames are those of the callers, until nothing describes one', (_, row) => {
    const { space, memory } = stack(row);
    const cursor = new Cursor(space);
    cursor.start(memory, registers);
    const out = new Uint32Array(2 * depth + 4).fill(7);
    expect(captureAddresses(cursor, out)).toBe(depth);
    expect(addresses(out, depth)).toEqual(callers(depth));
    expect([...out.subarray(2 * depth)], 'the rest of the buffer').toEqual([7, 7, 7, 7]);
  });

  describe.each([
    ['plain', plain],
    ['unusual', unusual],
  ])('of %s frames', (_, row) => {
    test.each([0, 1, 3, depth - 1])('where %d fit: nothing beyond is read or looked for', (room) => {
      for (const cache of [undefined, new RuleCache(x86_64)]) {
        const { space, memory, read, source } = stack(row);
        const cursor = new Cursor(space, cache === undefined ? {} : { cache });
        cursor.start(memory, registers);
        // An odd word is room for half an address: for none.
        const out = new Uint32Array(2 * room + 1).fill(7);
        expect(captureAddresses(cursor, out)).toBe(room);
        expect(addresses(out, room)).toEqual(callers(room));
        expect(out[2 * room]).toBe(7);
        expect(source.asked.length).toBe(room);
        expect(Math.max(-1, ...read), 'last offset read').toBe(room === 0 ? -1 : 16 * room - 4);
        // The cursor stays at the last one, and can go on.
        expect(captureAddresses(cursor, new Uint32Array(100))).toBe(depth - room);
      }
    });
  });

  test('are those before an error of the unwound program', () => {
    const error = new UnwindError('invalid', '.eh_frame', 0, 'expected something else');
    const { space, memory } = stack(plain, error);
    const cursor = new Cursor(space);
    cursor.start(memory, registers);
    const out = new Uint32Array(40);
    expect(captureAddresses(cursor, out)).toBe(3);
    expect(addresses(out, 3)).toEqual(callers(3));
  });

  test('are none where something else is at fault', () => {
    const { space, memory } = stack(plain, new TypeError('a bug'));
    const cursor = new Cursor(space);
    cursor.start(memory, registers);
    expect(() => captureAddresses(cursor, new Uint32Array(40))).toThrow('a bug');
  });
});

test.each(Object.entries(Step).filter(([, step]) => step !== Step.caller))('a capture ends at %s', (_, end) => {
  let steps = 0;
  const cursor: AddressCursor = { step: () => (++steps < 3 ? Step.caller : end), pcLo: 1, pcHi: 2 };
  const out = new Uint32Array(20);
  expect(captureAddresses(cursor, out)).toBe(2);
  expect([...out.subarray(0, 6)]).toEqual([1, 2, 1, 2, 0, 0]);
});
