import { describe, expect, test } from 'vitest';
import {
  AddressSpace,
  type Architecture,
  aarch64,
  LocationCursor,
  Memory,
  Module,
  type Row,
  type RowSource,
  RuleCache,
  StackCursor,
  Step,
  x86_64,
} from '../../engine/index.ts';
import {
  column,
  fillRow,
  type HandMadeFunction,
  type HandMadeRow,
  type HandMadeRule,
  handMadeModule,
  registerFile,
  wordMemory,
  wordWindow,
} from './hand-made.ts';

const saved = (offset: bigint): HandMadeRule => ({ kind: 'offset', offset });
const entry: HandMadeRow = { cfa: { register: 'rsp', offset: 8n }, rules: { rip: saved(-8n) } };
const wide: HandMadeRow = { cfa: { register: 'rsp', offset: 16n }, rules: { rip: saved(-8n) } };
const root: HandMadeRow = { cfa: { register: 'rsp', offset: 8n }, rules: { rip: { kind: 'undefined' } } };

const f: HandMadeFunction = { start: 0x1000n, end: 0x1010n, row: entry };
const g: HandMadeFunction = { start: 0x1010n, end: 0x1020n, row: entry };
const last: HandMadeFunction = { start: 0x1020n, end: 0x1030n, row: root };
const memory = wordMemory({ 28672: 0x1018n, 28680: 0x1028n, 28688: 0x9999n });
const registers = registerFile(x86_64, { rip: 0x1004n, rsp: 0x7000n });

type Cursor = StackCursor | LocationCursor;

/** One register of the current frame. */
function register(cursor: Cursor, name: string, architecture: Architecture = x86_64): bigint | undefined {
  const { columnCount } = architecture;
  const values = new Uint32Array(2 * columnCount);
  const known = new Uint8Array(columnCount);
  cursor.copyTo(values, known, 0);
  const index = column(architecture, name);
  return known[index] === 1 ? (BigInt(values[2 * index + 1]!) << 32n) | BigInt(values[2 * index]!) : undefined;
}

/** Gives every function's rules the short way: CFA = rsp + 8, with nothing saved but the return address. */
function plainSource() {
  const asked = { plain: [] as bigint[], rows: [] as bigint[] };
  const source: RowSource = {
    lookupPlain(pcLo, pcHi, rules) {
      asked.plain.push((BigInt(pcHi) << 32n) | BigInt(pcLo));
      const offsets = new Int32Array(x86_64.columnCount).fill(-8);
      return rules.write(x86_64.sp, 8, 1 << x86_64.pc, offsets);
    },
    lookup(pcLo, pcHi, row: Row) {
      asked.rows.push((BigInt(pcHi) << 32n) | BigInt(pcLo));
      fillRow(x86_64, entry, row);
      return true;
    },
  };
  return { asked, module: new Module('plain', x86_64, 0x1000n, 0x2000n, source) };
}

describe.each([
  ['StackCursor', StackCursor],
  ['LocationCursor', LocationCursor],
] as const)('a %s', (_, Cursor) => {
  const open = (functions: readonly HandMadeFunction[], cache?: RuleCache, architecture: Architecture = x86_64) => {
    const { module, source } = handMadeModule(architecture, functions);
    const space = new AddressSpace(architecture, [module]);
    return { source, cursor: new Cursor(space, cache === undefined ? {} : { cache }) };
  };

  test('is at no signal frame before its first walk', () => {
    expect(open([f]).cursor.isSignalFrame).toBe(false);
  });

  test('counts each step as one lookup in its cache, found or not', () => {
    const cache = new RuleCache(x86_64);
    const { cursor } = open([f, g, last], cache);
    for (const expected of [
      { hits: 0, emptyMisses: 3 },
      { hits: 3, emptyMisses: 3 },
    ]) {
      cursor.start(memory, registers);
      expect([cursor.step(), cursor.step(), cursor.step()]).toEqual([Step.caller, Step.caller, Step.root]);
      expect(cache.counters).toMatchObject(expected);
    }
  });

  test('does not take the rules of another PC with the same low half', () => {
    const high: HandMadeFunction = { start: 0x1_0000_1000n, end: 0x1_0000_1010n, row: wide };
    const { cursor, source } = open([f, high], new RuleCache(x86_64));
    const stack = wordMemory({ 28672: 0x9999n, 28680: 0x9999n });
    for (const [rip, rsp] of [
      [0x1004n, 0x7008n],
      [0x1_0000_1004n, 0x7010n],
    ] as const) {
      cursor.start(stack, registerFile(x86_64, { rip, rsp: 0x7000n }));
      expect([cursor.step(), register(cursor, 'rsp')]).toEqual([Step.caller, rsp]);
    }
    expect(source.asked).toEqual([0x1004n, 0x1_0000_1004n]);
  });

  test('looks interrupted code up where it is, at a multiple of 2^32, too', () => {
    const high: HandMadeFunction = { start: 0xffff_fff0n, end: 0x1_0000_0010n, row: entry };
    const { cursor, source } = open([high]);
    cursor.start(memory, registerFile(x86_64, { rip: 0x1_0000_0000n, rsp: 0x7000n }));
    cursor.step();
    expect(source.asked).toEqual([0x1_0000_0000n]);
  });

  test('at an end still knows that its PC is no return address', () => {
    const { cursor, source } = open([last]);
    cursor.start(memory, registerFile(x86_64, { rip: 0x1020n, rsp: 0x7000n }));
    expect([cursor.step(), cursor.step()]).toEqual([Step.root, Step.root]);
    expect(source.asked).toEqual([0x1020n, 0x1020n]);
  });

  test('takes a frame whose CFA is its SP, by another register, for the loop it may be', () => {
    const row: HandMadeRow = { cfa: { register: 'rbp', offset: 16n }, rules: { rbp: saved(-16n), rip: saved(-8n) } };
    const { cursor } = open([{ ...f, row }], new RuleCache(x86_64));
    const stack = wordMemory({ 28672: 0x7000n, 28680: 0x1004n, 28688: 0n });
    const file = registerFile(x86_64, { rip: 0x1004n, rsp: 0x7010n, rbp: 0x7000n });
    cursor.resume(stack, file, new Uint8Array(x86_64.columnCount).fill(1), 0, false);
    expect(cursor.step()).toBe(Step.loop);
  });

  test('does not take a CFA above a multiple of 4 GiB for one below it', () => {
    const row: HandMadeRow = { cfa: { register: 'rbp', offset: 32n }, rules: { rip: saved(-8n) } };
    const { cursor } = open([{ ...f, row }], new RuleCache(x86_64));
    const start = 0x5_0000_0000n;
    const words = [0n, 8n, 16n, 24n].map((offset) => [start + offset, 0x1018n] as const);
    cursor.start(
      new Memory([wordWindow(words)]),
      registerFile(x86_64, { rip: 0x1004n, rsp: start, rbp: start + 0xffff_fff0n }),
    );
    expect(() => cursor.step()).toThrow('readable bytes at 0x600000008');
  });

  test('has a CFA by a register that is not aligned where that says', () => {
    const row: HandMadeRow = { cfa: { register: 'rbp', offset: 16n }, rules: { rip: saved(-8n) } };
    const { cursor } = open([{ ...f, row }], new RuleCache(x86_64));
    const stack = wordMemory({ 28672: 0n, 28680: 0x1018_0000_0000n, 28688: 0n });
    cursor.start(stack, registerFile(x86_64, { rip: 0x1004n, rsp: 0x7000n, rbp: 0x7004n }));
    expect(cursor.step()).toBe(Step.caller);
    expect([register(cursor, 'rip'), register(cursor, 'rsp')]).toEqual([0x1018n, 0x7014n]);
  });

  test('without a cache takes plain rules where it can, and asks for no row', () => {
    const { asked, module } = plainSource();
    const cursor = new Cursor(new AddressSpace(x86_64, [module]));
    for (let round = 0; round < 2; round++) {
      cursor.start(memory, registers);
      expect([cursor.step(), cursor.step(), register(cursor, 'rip')]).toEqual([Step.caller, Step.caller, 0x1028n]);
    }
    expect(asked).toEqual({ plain: [0x1004n, 0x1017n, 0x1004n, 0x1017n], rows: [] });
  });

  test('asks for the row where a frame is too unusual for its plain rules', () => {
    const { asked, module } = plainSource();
    const cursor = new Cursor(new AddressSpace(x86_64, [module]));
    // A stack that is not aligned.
    const stack = new Memory([
      wordWindow([
        [0x7004n, 0x1018n],
        [0x700cn, 0x1028n],
      ]),
    ]);
    cursor.start(stack, registerFile(x86_64, { rip: 0x1004n, rsp: 0x7004n }));
    expect([cursor.step(), cursor.step(), register(cursor, 'rip')]).toEqual([Step.caller, Step.caller, 0x1028n]);
    expect(asked).toEqual({ plain: [0x1004n, 0x1017n], rows: [0x1004n, 0x1017n] });
  });
});

describe.each([
  ['StackCursor', StackCursor],
  ['LocationCursor', LocationCursor],
] as const)('on AArch64, a %s', (_, Cursor) => {
  const open = (rows: readonly HandMadeRow[], cache = new RuleCache(aarch64)) => {
    const functions = rows.map((row, i) => ({ start: 0x1000n + 16n * BigInt(i), end: 0x1010n + 16n * BigInt(i), row }));
    const { module } = handMadeModule(aarch64, functions);
    return new Cursor(new AddressSpace(aarch64, [module]), { cache });
  };
  const mask = [0, 0x007f_0000] as const;
  const framed: HandMadeRow = { cfa: { register: 'sp', offset: 16n }, rules: { x30: saved(-16n) } };
  const stack = wordMemory({ 28672: 0x0055_0000_0000_1234n, 28680: 0n });

  test.each([
    ['by its rules', { ...framed, signState: 1 }, 0n, 0x1234n],
    ['by RA_SIGN_STATE at the start', framed, 1n, 0x1234n],
    ['neither way', framed, 0n, 0x0055_0000_0000_1234n],
  ])('removes a code from a return address that is signed %s', (_way, row, ra_sign_state, pc) => {
    const cursor = open([row]);
    cursor.start(stack, registerFile(aarch64, { pc: 0x1004n, sp: 0x7000n, ra_sign_state }), ...mask);
    expect(cursor.step()).toBe(Step.caller);
    expect(['pc', 'x30'].map((name) => register(cursor, name, aarch64))).toEqual([pc, pc]);
  });

  test.each([1n, 1n << 32n])('leaves nothing of RA_SIGN_STATE %i to the caller', (ra_sign_state) => {
    const cursor = open([framed]);
    cursor.start(stack, registerFile(aarch64, { pc: 0x1004n, sp: 0x7000n, ra_sign_state }), ...mask);
    expect(cursor.step()).toBe(Step.caller);
    expect(register(cursor, 'ra_sign_state', aarch64)).toBe(0n);
  });

  // Most of its rules change nothing, so that a cursor needs no general step for it.
  const names = aarch64.columnNames.filter((name) => !['x30', 'sp', 'pc', 'ra_sign_state'].includes(name));
  const tooMany: HandMadeRow = {
    ...framed,
    rules: { ...Object.fromEntries(names.map((name) => [name, { kind: 'sameValue' }])), ...framed.rules },
  };
  const unusual: HandMadeRow = {
    cfa: { register: 'sp', offset: 32n },
    rules: { x30: saved(-32n), x9: { kind: 'valOffset', offset: 0n } },
  };

  test('has the rules of a frame in the cache behind one with too many rules for it', () => {
    const cursor = open([tooMany, unusual]);
    const words = wordMemory({ 28672: 0x1014n, 28688: 0x9999n, 28696: 0n });
    const known = new Uint8Array(aarch64.columnCount).fill(1);
    cursor.resume(words, registerFile(aarch64, { pc: 0x1014n, sp: 0x7010n }), known, 0, false);
    expect(cursor.step()).toBe(Step.caller);
    cursor.start(words, registerFile(aarch64, { pc: 0x1004n, sp: 0x7000n }));
    expect([cursor.step(), cursor.step()]).toEqual([Step.caller, Step.caller]);
    expect([register(cursor, 'pc', aarch64), register(cursor, 'sp', aarch64)]).toEqual([0x9999n, 0x7030n]);
  });

  test('has the rules of a frame in the cache after an error in one with too many rules for it', () => {
    const cursor = open([tooMany, unusual]);
    const words = wordMemory({ 28672: 0x9999n, 28680: 0n });
    const attempt = (pc: bigint, sp: bigint) => {
      cursor.start(words, registerFile(aarch64, { pc, sp }));
      return cursor.step();
    };
    expect(attempt(0x1014n, 0x7000n)).toBe(Step.caller);
    expect(() => attempt(0x1004n, 0x8000n)).toThrow('readable bytes at 0x8000');
    expect([attempt(0x1014n, 0x7000n), register(cursor, 'sp', aarch64)]).toEqual([Step.caller, 0x7020n]);
  });
});
