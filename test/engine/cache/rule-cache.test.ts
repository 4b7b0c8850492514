import { describe, expect, test } from 'vitest';
import {
  AddressSpace,
  type Architecture,
  aarch64,
  LocationCursor,
  RuleCache,
  StackCursor,
  Step,
  x86_64,
} from '../../../engine/index.ts';
import {
  distinct,
  type HandMadeFunction,
  type HandMadeRow,
  type HandMadeRule,
  handMadeModule,
  lo,
  registerFile,
  wordMemory,
} from '../hand-made.ts';

const entry: HandMadeRow = { cfa: { register: 'rsp', offset: 8n }, rules: { rip: { kind: 'offset', offset: -8n } } };
const f: HandMadeFunction = { start: 0x1000n, end: 0x1010n, row: entry };
const g: HandMadeFunction = { start: 0x1010n, end: 0x1020n, row: entry };
// `f` was called by `g`, which called itself twice.
const memory = wordMemory({ 28672: 0x1018n, 28680: 0x1018n, 28688: 0x1014n, 28696: 0x9999n });
const registers = registerFile(x86_64, { rip: 0x1004n, rsp: 0x7000n });

const cursors = [
  ['StackCursor', StackCursor],
  ['LocationCursor', LocationCursor],
] as const;

/** The low half of a register of the current frame. */
function low(cursor: StackCursor | LocationCursor, { columnCount }: Architecture, column: number): number {
  const values = new Uint32Array(2 * columnCount);
  cursor.copyTo(values, new Uint8Array(columnCount), 0);
  return values[2 * column]!;
}

/** PCs of the callers. */
function walk(cursor: StackCursor | LocationCursor, from = registers): number[] {
  cursor.start(memory, from);
  const pcs: number[] = [];
  while (cursor.step() === Step.caller) pcs.push(cursor.pcLo);
  return pcs;
}

const callers = [0x1018, 0x1018, 0x1014, 0x9999];
const counters = (hits: number, emptyMisses: number, conflictMisses = 0, staleMisses = 0, uncacheable = 0) => ({
  hits,
  emptyMisses,
  conflictMisses,
  staleMisses,
  uncacheable,
});

describe.each(cursors)('a rule cache of a %s', (_, Cursor) => {
  test('searches for each PC once', () => {
    const { module, source } = handMadeModule(x86_64, [f, g]);
    const cache = new RuleCache(x86_64);
    const cursor = new Cursor(new AddressSpace(x86_64, [module]), { cache });
    expect(walk(cursor)).toEqual(callers);
    // The last PC is in no module: nothing is kept of it.
    expect(source.asked).toEqual([0x1004n, 0x1017n, 0x1013n]);
    expect(cache.counters).toEqual(counters(1, 4));
    expect(walk(cursor)).toEqual(callers);
    expect(source.asked.length).toBe(3);
    expect(cache.counters).toEqual(counters(5, 5));
  });

  test('forgets when it is cleared, and goes on counting', () => {
    const { module, source } = handMadeModule(x86_64, [f, g]);
    const cache = new RuleCache(x86_64);
    const cursor = new Cursor(new AddressSpace(x86_64, [module]), { cache });
    walk(cursor);
    cache.clear();
    expect(walk(cursor)).toEqual(callers);
    expect(source.asked.length).toBe(6);
    expect(cache.counters).toEqual(counters(2, 8));
  });

  test('counts conflicts where PCs share a slot', () => {
    const cache = new RuleCache(x86_64, { slots: 1 });
    const { module } = handMadeModule(x86_64, [f, g]);
    const cursor = new Cursor(new AddressSpace(x86_64, [module]), { cache });
    expect(walk(cursor)).toEqual(callers);
    expect(cache.counters).toEqual(counters(1, 1, 3));
  });

  test('has a slot answer neither for another PC with the same low half nor for one with the same high half', () => {
    const row = (offset: bigint): HandMadeRow => ({ ...entry, cfa: { register: 'rsp', offset } });
    const far = 0x5_0000_0000n;
    const { module } = handMadeModule(x86_64, [
      { ...f, row: row(8n) },
      { ...g, row: row(16n) },
      { start: far + 0x1000n, end: far + 0x1010n, row: row(24n) },
    ]);
    const stack = wordMemory({ 28672: 1n, 28680: 2n, 28688: 3n, 28696: 4n });
    const cursor = new Cursor(new AddressSpace(x86_64, [module]), { cache: new RuleCache(x86_64, { slots: 1 }) });
    for (const [pc, expected] of [
      [0x1004n, 1],
      [far + 0x1004n, 3],
      [0x1004n, 1],
      [0x1014n, 2],
      [0x1004n, 1],
    ] as const) {
      cursor.start(stack, registerFile(x86_64, { rip: pc, rsp: 0x7000n }));
      expect(cursor.step()).toBe(Step.caller);
      expect(cursor.pcLo).toBe(expected);
    }
  });

  test('keeps a return address apart from the same PC where execution is', () => {
    // 0x1010 is behind `f`, whose last instruction calls, and the first instruction of `g`.
    const { module, source } = handMadeModule(x86_64, [
      f,
      { ...g, row: { ...entry, cfa: { register: 'rsp', offset: 16n } } },
    ]);
    const cache = new RuleCache(x86_64);
    const cursor = new Cursor(new AddressSpace(x86_64, [module]), { cache });
    const stack = wordMemory({ 28672: 0x1010n, 28680: 0x1010n, 28688: 0x9999n, 28696: 0x8888n });
    const at = registerFile(x86_64, { rip: 0x1010n, rsp: 0x7000n });
    for (let round = 0; round < 2; round++) {
      cursor.start(stack, at);
      expect([cursor.step(), cursor.step()]).toEqual([Step.caller, Step.caller]);
      // 16 bytes for `g`, 8 for `f`.
      expect([low(cursor, x86_64, x86_64.sp), cursor.pcLo]).toEqual([0x7018, 0x9999]);
    }
    expect(source.asked).toEqual([0x1010n, 0x100fn, 0x1010n, 0x100fn]);
    expect(cache.counters).toEqual(counters(0, 1, 3));
  });

  test('never answers for a module that has gone, nor for another one in its place', () => {
    const cache = new RuleCache(x86_64);
    const { module } = handMadeModule(x86_64, [f, g]);
    const other = handMadeModule(x86_64, [{ ...f, row: { ...entry, cfa: { register: 'rsp', offset: 32n } } }]).module;
    const space = new AddressSpace(x86_64, [module]);
    const cursor = new Cursor(space, { cache });
    walk(cursor);
    const { hits } = cache.counters;
    space.remove(module);
    expect(walk(cursor)).toEqual([]);
    space.add(other);
    expect(walk(cursor)).toEqual([0x9999]);
    expect(cache.counters).toMatchObject({ hits, staleMisses: 2 });
  });

  test('never answers for a module that goes between two steps of a walk', () => {
    const { module } = handMadeModule(x86_64, [f, g]);
    const twice: HandMadeRow = { ...entry, cfa: { register: 'rsp', offset: 16n } };
    const other = handMadeModule(x86_64, [{ ...f, end: g.end, row: twice }]).module;
    const space = new AddressSpace(x86_64, [module]);
    const cursor = new Cursor(space, { cache: new RuleCache(x86_64) });
    expect(walk(cursor)).toEqual(callers);
    cursor.start(memory, registers);
    cursor.step();
    space.remove(module);
    expect(cursor.step()).toBe(Step.noInfo);
    space.add(other);
    expect([cursor.step(), cursor.pcLo, low(cursor, x86_64, x86_64.sp)]).toEqual([Step.caller, 0x1014, 0x7018]);
    space.remove(other);
    space.add(module);
    expect([cursor.step(), cursor.pcLo, low(cursor, x86_64, x86_64.sp)]).toEqual([Step.caller, 0x9999, 0x7020]);
  });

  test('does not mix up address spaces that share it', () => {
    const cache = new RuleCache(x86_64);
    const one = new AddressSpace(x86_64, [handMadeModule(x86_64, [f, g]).module]);
    const two = new AddressSpace(x86_64, [
      handMadeModule(x86_64, [{ ...f, row: { ...entry, cfa: { register: 'rsp', offset: 32n } } }]).module,
    ]);
    const cursors = [one, two].map((space) => new Cursor(space, { cache }));
    for (let round = 0; round < 2; round++) {
      expect(cursors.map((cursor) => walk(cursor))).toEqual([callers, [0x9999]]);
    }
  });

  test('answers from a cache that more different rule sets have gone through than it can hold', () => {
    const functions = Array.from({ length: 700 }, (_, i): HandMadeFunction => {
      const start = 0x1000n + 16n * BigInt(i);
      return { start, end: start + 16n, row: { ...entry, cfa: { register: 'rsp', offset: BigInt(8 * (i + 1)) } } };
    });
    const { module } = handMadeModule(x86_64, functions);
    const words = Object.fromEntries(functions.map((_, i) => [`${0x7000 + 8 * i}`, BigInt(i)]));
    const stack = wordMemory(words);
    const cursor = new Cursor(new AddressSpace(x86_64, [module]), { cache: new RuleCache(x86_64, { slots: 16 }) });
    functions.forEach(({ start }, i) => {
      cursor.start(stack, registerFile(x86_64, { rip: start, rsp: 0x7000n }));
      expect([cursor.step(), cursor.pcLo]).toEqual([Step.caller, i]);
    });
  });
});

describe('a rule cache', () => {
  test('is for one architecture', () => {
    const cache = new RuleCache(aarch64);
    expect(() => new StackCursor(new AddressSpace(x86_64), { cache })).toThrow(TypeError);
  });

  test.each([0, 3, -2, 1.5, 2 ** 17])('cannot have %d slots', (slots) => {
    expect(() => new RuleCache(x86_64, { slots })).toThrow(RangeError);
  });
});

/** A row of AArch64 with as many rules, the first registers saved below the CFA, the others unchanged. */
function manyRules(architecture: Architecture, count: number, saved: number): HandMadeRow {
  const columns = architecture.columnNames.filter((name) => !['sp', 'pc', 'ra_sign_state', 'x30'].includes(name));
  const names = ['x30', ...columns].slice(0, count);
  const rules = names.map((name, i): [string, HandMadeRule] => [
    name,
    i < saved ? { kind: 'offset', offset: BigInt(-8 * (i + 1)) } : { kind: 'sameValue' },
  ]);
  return { cfa: { register: 'sp', offset: 0x400n }, rules: Object.fromEntries(rules) };
}

describe.each(cursors)('with a %s', (_, Cursor) => {
  const counts = [1, 2, 9, 10, 11, 12, 30, 31, 32, 33, 38].map((count) => [count, count] as const);
  describe.each([...counts, [32, 20] as const, [33, 20] as const])('a row with %d rules, %d saved', (count, saved) => {
    const row = manyRules(aarch64, count, saved);
    const { module, source } = handMadeModule(aarch64, [{ start: 0x1000n, end: 0x1010n, row }]);
    const words = Array.from({ length: 0x80 }, (_, i) => [`${0x7000 + 8 * i}`, BigInt(0x1000 + i)]);
    const stack = wordMemory(Object.fromEntries(words));

    test('is answered rightly, and kept unless there are more than 32', () => {
      const cache = new RuleCache(aarch64);
      const cursor = new Cursor(new AddressSpace(aarch64, [module]), { cache });
      source.asked.length = 0;
      for (let round = 0; round < 3; round++) {
        cursor.start(stack, registerFile(aarch64, { pc: 0x1004n, sp: 0x7000n }));
        expect(cursor.step()).toBe(Step.caller);
        Object.keys(row.rules!).forEach((name, i) => {
          const column = aarch64.columnNames.indexOf(name);
          const expected = i < saved ? 0x1000 + 0x80 - 1 - i : lo(distinct(column));
          expect(low(cursor, aarch64, column), name).toBe(expected);
        });
        expect([cursor.pcLo, low(cursor, aarch64, aarch64.sp)]).toEqual([0x107f, 0x7400]);
      }
      expect(cache.counters.uncacheable).toBe(count > 32 ? 3 : 0);
      expect(source.asked.length).toBe(count > 32 ? 3 : 1);
    });
  });
});
