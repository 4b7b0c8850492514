import { describe, expect, test } from 'vitest';
import {
  AddressSpace,
  aarch64,
  LocationCursor,
  Memory,
  MemoryWindow,
  RuleCache,
  StackCursor,
  Step,
  x86_64,
} from '../../engine/index.ts';
import {
  column,
  distinct,
  type HandMadeFunction,
  type HandMadeRow,
  handMadeModule,
  hi,
  lo,
  registerFile,
  wordMemory,
  wordWindow,
} from './hand-made.ts';

const entry: HandMadeRow = { cfa: { register: 'rsp', offset: 8n }, rules: { rip: { kind: 'offset', offset: -8n } } };
const f: HandMadeFunction = { start: 0x1000n, end: 0x1010n, row: entry };
const g: HandMadeFunction = { start: 0x1010n, end: 0x1020n, row: entry };
const root: HandMadeFunction = {
  start: 0x1020n,
  end: 0x1030n,
  row: { ...entry, rules: { rip: { kind: 'undefined' } } },
};
const memory = wordMemory({ 28672: 0x1018n, 28680: 0x1028n, 28688: 0x9999n });
const registers = registerFile(x86_64, { rip: 0x1004n, rsp: 0x7000n });

type Cursor = StackCursor | LocationCursor;
const cursors = [
  ['StackCursor', StackCursor],
  ['LocationCursor', LocationCursor],
] as const;

/** The current frame's registers by name; those that are not known are undefined. */
function frame(cursor: Cursor, architecture = x86_64): Readonly<Record<string, bigint | undefined>> {
  const { columnCount, columnNames } = architecture;
  const values = new Uint32Array(2 * columnCount);
  const known = new Uint8Array(columnCount);
  cursor.copyTo(values, known, 0);
  return Object.fromEntries(
    columnNames.map((name, c) => [
      name,
      known[c] === 1 ? (BigInt(values[2 * c + 1]!) << 32n) | BigInt(values[2 * c]!) : undefined,
    ]),
  );
}

describe.each(cursors)('a %s', (_, Cursor) => {
  const open = (functions: readonly HandMadeFunction[], architecture = x86_64) => {
    const { module, source } = handMadeModule(architecture, functions);
    return { source, cursor: new Cursor(new AddressSpace(architecture, [module])) };
  };

  test('starts with every register known, and has the caller’s after a step', () => {
    const { cursor } = open([f, g, root]);
    cursor.start(memory, registers);
    const first = frame(cursor);
    expect(first).toMatchObject({ rip: 0x1004n, rsp: 0x7000n, rax: distinct(0), r15: distinct(15) });
    expect(cursor.step()).toBe(Step.caller);
    expect(frame(cursor)).toEqual({ ...first, rip: 0x1018n, rsp: 0x7008n });
    expect([cursor.pcLo, cursor.pcHi]).toEqual([0x1018, 0]);
  });

  test('has a PC of 64 bits', () => {
    const { cursor } = open([f]);
    cursor.start(wordMemory({ 28672: 0xffff_ffff_8000_0010n }), registers);
    cursor.step();
    expect([cursor.pcLo, cursor.pcHi]).toEqual([0x8000_0010, 0xffff_ffff]);
  });

  test.each([
    ['root', Step.root, { rip: 0x1024n, rsp: 0x7000n }],
    ['no-info', Step.noInfo, { rip: 0x9999n, rsp: 0x7000n }],
    ['unreadable memory', undefined, { rip: 0x1004n, rsp: 0x8000n }],
  ])('stays where it is at an end: %s', (_end, step, given) => {
    const { cursor } = open([f, g, root]);
    cursor.start(memory, registerFile(x86_64, given));
    const before = frame(cursor);
    for (let again = 0; again < 2; again++) {
      if (step === undefined) expect(() => cursor.step()).toThrow(/readable bytes at 0x8000/);
      else expect(cursor.step()).toBe(step);
      expect(frame(cursor)).toEqual(before);
    }
  });

  test('starts anew in the middle of a walk, at a PC that is no return address', () => {
    const { cursor, source } = open([f, g, root]);
    for (let round = 0; round < 2; round++) {
      cursor.start(memory, registers);
      cursor.step();
    }
    expect(source.asked).toEqual([0x1004n, 0x1004n]);
    expect(frame(cursor)).toMatchObject({ rip: 0x1018n, rsp: 0x7008n, rbx: distinct(3) });
  });

  test.each([
    [true, 0x1010n, 0x7008n],
    [false, 0x100fn, 0x7010n],
  ])('goes on where another walk was: interrupted code %s is looked up at %s', (exact, asked, rsp) => {
    const wide = { ...f, row: { ...entry, cfa: { register: 'rsp', offset: 16n } } };
    const { cursor, source } = open([wide, g]);
    // The frame lies behind another one in the buffers.
    const values = new Uint32Array(4 * x86_64.columnCount).fill(0xa5a5a5a5);
    const known = new Uint8Array(2 * x86_64.columnCount).fill(1);
    values.set(registerFile(x86_64, { rip: 0x1010n, rsp: 0x7000n }), 2 * x86_64.columnCount);
    cursor.resume(memory, values, known, x86_64.columnCount, exact);
    expect(cursor.step()).toBe(Step.caller);
    expect(source.asked).toEqual([asked]);
    expect(frame(cursor)).toMatchObject({ rsp, rbx: distinct(3) });
  });

  test('goes on with registers that are not known, until a rule restores them', () => {
    const saves = { ...g, row: { ...entry, cfa: { register: 'rsp', offset: 16n } } };
    const { cursor } = open([
      f,
      { ...saves, row: { ...saves.row, rules: { ...entry.rules, rbx: { kind: 'offset', offset: -16n } } } },
      root,
    ]);
    const known = new Uint8Array(x86_64.columnCount).fill(1);
    known[column(x86_64, 'rbx')] = 0;
    known[column(x86_64, 'r12')] = 0;
    cursor.resume(wordMemory({ 28672: 0x1018n, 28680: 0x77n, 28688: 0x1028n }), registers, known, 0, true);
    expect(frame(cursor)).toMatchObject({ rbx: undefined, r12: undefined });
    cursor.step();
    expect(frame(cursor)).toMatchObject({ rip: 0x1018n, rbx: undefined, r12: undefined });
    cursor.step();
    expect(frame(cursor)).toMatchObject({ rip: 0x1028n, rbx: 0x77n, r12: undefined });
  });

  test('does not compute a CFA from a register that is not known, though its rules are in the cache', () => {
    const { module } = handMadeModule(x86_64, [{ ...f, row: { ...entry, cfa: { register: 'rbp', offset: 8n } } }]);
    const cursor = new Cursor(new AddressSpace(x86_64, [module]), { cache: new RuleCache(x86_64) });
    const file = registerFile(x86_64, { rip: 0x1004n, rsp: 0x7000n, rbp: 0x7000n });
    cursor.start(memory, file);
    expect(cursor.step()).toBe(Step.caller);
    const known = new Uint8Array(x86_64.columnCount).fill(1);
    known[column(x86_64, 'rbp')] = 0;
    cursor.resume(memory, file, known, 0, true);
    expect(() => cursor.step()).toThrow(/a known value of rbp/);
  });

  test('does not compute a CFA from a register that a rule made unknown', () => {
    const forgets = { ...f, row: { ...entry, rules: { ...entry.rules, rbp: { kind: 'undefined' } } } } as const;
    const { cursor } = open([forgets, { ...g, row: { ...entry, cfa: { register: 'rbp', offset: 16n } } }]);
    cursor.start(memory, registerFile(x86_64, { rip: 0x1004n, rsp: 0x7000n, rbp: 0x7000n }));
    expect(cursor.step()).toBe(Step.caller);
    expect(() => cursor.step()).toThrow(/a known value of rbp/);
  });

  test('takes the mask of authentication codes anew at each start', () => {
    const signed: HandMadeFunction = {
      start: 0x1000n,
      end: 0x1010n,
      row: { cfa: { register: 'sp', offset: 16n }, rules: { x30: { kind: 'offset', offset: -16n } }, signState: 1 },
    };
    const { cursor } = open([signed], aarch64);
    const stack = wordMemory({ 28672: 0x0055_0000_0000_1234n, 28680: 0n });
    const file = registerFile(aarch64, { pc: 0x1004n, sp: 0x7000n });
    const step = (...mask: [number, number] | []) => {
      cursor.start(stack, file, ...mask);
      cursor.step();
      const { pc, x30 } = frame(cursor, aarch64);
      return [pc, x30];
    };
    expect(step(0, 0x007f_0000)).toEqual([0x1234n, 0x1234n]);
    expect(step()).toEqual([0x0055_0000_0000_1234n, 0x0055_0000_0000_1234n]);
    const known = new Uint8Array(aarch64.columnCount).fill(1);
    cursor.resume(stack, file, known, 0, true, 0, 0x0070_0000);
    cursor.step();
    expect(frame(cursor, aarch64).pc).toBe(0x0005_0000_0000_1234n);
  });

  test('says which frame is a signal frame, and only that', () => {
    const trampoline: HandMadeFunction = {
      start: 0x1ffen,
      end: 0x2010n,
      row: {
        cfa: { register: 'rsp', offset: 16n },
        rules: { rip: { kind: 'offset', offset: -16n }, rsp: { kind: 'offset', offset: -8n } },
        signalFrame: true,
      },
    };
    const { module, source } = handMadeModule(x86_64, [f, g, root, trampoline]);
    const cursor = new Cursor(new AddressSpace(x86_64, [module]), { cache: new RuleCache(x86_64) });
    // The handler `f` returns to the trampoline; `g` was interrupted at its first instruction.
    const words = wordMemory({ 24576: 0x2000n, 24584: 0x1010n, 24592: 0x7008n, 28680: 0x1028n });
    for (let round = 0; round < 2; round++) {
      cursor.start(words, registerFile(x86_64, { rip: 0x1004n, rsp: 0x6000n }));
      const seen = [cursor.isSignalFrame];
      const frames = [frame(cursor)];
      while (cursor.step() === Step.caller) {
        seen.push(cursor.isSignalFrame);
        frames.push(frame(cursor));
      }
      expect(frames.map(({ rip }) => rip)).toEqual([0x1004n, 0x2000n, 0x1010n, 0x1028n]);
      expect(frames.map(({ rsp }) => rsp)).toEqual([0x6000n, 0x6008n, 0x7008n, 0x7010n]);
      expect([...seen, cursor.isSignalFrame]).toEqual([false, false, true, false, false]);
    }
    expect(source.asked).toEqual([0x1004n, 0x1fffn, 0x1010n, 0x1027n]);
    cursor.start(words, registerFile(x86_64, { rip: 0x2000n, rsp: 0x6008n }));
    cursor.step();
    expect(cursor.isSignalFrame).toBe(true);
    cursor.start(memory, registers);
    expect(cursor.isSignalFrame, 'of the walk before').toBe(false);
  });

  test('wants a cache for its own architecture', () => {
    const { module } = handMadeModule(x86_64, [f]);
    const space = new AddressSpace(x86_64, [module]);
    expect(() => new Cursor(space, { cache: new RuleCache(aarch64) })).toThrow(
      new TypeError('expected a cache for x86-64, found one for aarch64'),
    );
  });

  test('asks for rules once with a cache, and at each step without', () => {
    for (const cached of [true, false]) {
      const { module, source } = handMadeModule(x86_64, [f, g, root]);
      const cursor = new Cursor(new AddressSpace(x86_64, [module]), cached ? { cache: new RuleCache(x86_64) } : {});
      for (let round = 0; round < 3; round++) {
        cursor.start(memory, registers);
        while (cursor.step() === Step.caller);
      }
      const once = [0x1004n, 0x1017n, 0x1027n];
      expect(source.asked).toEqual(cached ? once : [...once, ...once, ...once]);
    }
  });

  test('forgets what is in the cache of modules that are gone', () => {
    const { module } = handMadeModule(x86_64, [f]);
    const other = handMadeModule(x86_64, [{ ...f, row: { ...entry, cfa: { register: 'rsp', offset: 16n } } }]);
    const space = new AddressSpace(x86_64, [module]);
    const cursor = new Cursor(space, { cache: new RuleCache(x86_64) });
    const pcAfterStep = () => {
      cursor.start(memory, registers);
      cursor.step();
      return frame(cursor).rsp;
    };
    expect(pcAfterStep()).toBe(0x7008n);
    space.remove(module);
    space.add(other.module);
    expect(pcAfterStep()).toBe(0x7010n);
  });

  test('leaves a stack that is not aligned to the general step', () => {
    for (const offset of [1n, 4n]) {
      const { cursor } = open([f, g, root]);
      const rsp = 0x7000n + offset;
      const words = wordWindow([
        [rsp, 0x1018n],
        [rsp + 8n, 0x1028n],
      ]);
      cursor.start(new Memory([words]), registerFile(x86_64, { rip: 0x1004n, rsp }));
      expect([cursor.step(), cursor.step(), cursor.step()]).toEqual([Step.caller, Step.caller, Step.root]);
      expect(frame(cursor)).toMatchObject({ rip: 0x1028n, rsp: rsp + 16n });
    }
  });

  test('takes SP off a multiple of 8 for what it is, in a window that is aligned', () => {
    const { cursor } = open([f, g, root]);
    const { view, ...window } = wordWindow([
      [0x7000n, 0n],
      [0x7018n, 0n],
    ]);
    expect(window.size).toBe(32);
    view.setBigUint64(4, 0x1018n, true);
    view.setBigUint64(12, 0x1028n, true);
    const bytes = new Uint8Array(view.buffer);
    cursor.start(new Memory([new MemoryWindow(0x7000n, bytes)]), registerFile(x86_64, { rip: 0x1004n, rsp: 0x7004n }));
    expect([cursor.step(), cursor.step(), cursor.step()]).toEqual([Step.caller, Step.caller, Step.root]);
    expect(frame(cursor)).toMatchObject({ rip: 0x1028n, rsp: 0x7014n });
  });

  test('copies a frame to where it is told, and nothing else', () => {
    const { cursor } = open([f]);
    cursor.start(memory, registers);
    const { columnCount } = x86_64;
    const values = new Uint32Array(6 * columnCount).fill(0xa5a5a5a5);
    const known = new Uint8Array(3 * columnCount).fill(0xa5);
    cursor.copyTo(values, known, columnCount);
    expect(values.subarray(2 * columnCount, 4 * columnCount)).toEqual(registers);
    expect(new Set(known.subarray(columnCount, 2 * columnCount))).toEqual(new Set([1]));
    expect(new Set([...values.subarray(0, 2 * columnCount), ...values.subarray(4 * columnCount)]).size).toBe(1);
    expect(new Set([...known.subarray(0, columnCount), ...known.subarray(2 * columnCount)])).toEqual(new Set([0xa5]));
  });

  test('finds its way where the stack goes on elsewhere', () => {
    // `f` has switched stacks: its CFA is in another window, 4 GiB away.
    const far = 0x7fff_ffff_0000n;
    const switched = { ...f, row: { ...entry, cfa: { register: 'rbp', offset: 16n } } };
    const { cursor } = open([switched, g, root]);
    const two = wordWindow([
      [far, 2n],
      [far + 8n, 0x1018n],
      [far + 16n, 0x1028n],
    ]);
    const both = new Memory([wordWindow([[0x7000n, 1n]]), two]);
    for (let round = 0; round < 2; round++) {
      cursor.start(both, registerFile(x86_64, { rip: 0x1004n, rsp: 0x7000n, rbp: far }));
      expect([cursor.step(), cursor.step(), cursor.step()]).toEqual([Step.caller, Step.caller, Step.root]);
      expect(frame(cursor)).toMatchObject({ rip: 0x1028n, rsp: far + 24n, rbp: far });
    }
  });

  test.each([
    ['4 GiB', 0x1_0000_0000n],
    ['the address space', 2n ** 64n],
  ])('has the right SP at the end of a stack that ends with %s', (_end, end) => {
    const top = BigInt.asUintN(64, end);
    for (const register of ['rsp', 'rbp']) {
      const row: HandMadeRow = { ...entry, cfa: { register, offset: 8n } };
      const { cursor } = open([
        { ...f, row },
        { ...g, row: entry },
      ]);
      cursor.start(
        new Memory([wordWindow([[end - 8n, 0x1018n]])]),
        registerFile(x86_64, { rip: 0x1004n, [register]: end - 8n }),
      );
      expect(cursor.step()).toBe(Step.caller);
      expect(frame(cursor)).toMatchObject({ rip: 0x1018n, rsp: top });
      expect(() => cursor.step()).toThrow(`readable bytes at 0x${top.toString(16)}`);
    }
  });

  test('does not take a CFA below a multiple of 4 GiB for one above it', () => {
    const row: HandMadeRow = { ...entry, cfa: { register: 'rbp', offset: -32n } };
    const { cursor } = open([{ ...f, row }]);
    const stack = new Memory([
      wordWindow([
        [0x5_ffff_ff00n, 0x1018n],
        [0x5_ffff_ffd8n, 0x1018n],
        [0x5_ffff_ffe8n, 0n],
      ]),
    ]);
    cursor.start(stack, registerFile(x86_64, { rip: 0x1004n, rbp: 0x5_0000_0010n, rsp: 0x5_ffff_ff00n }));
    expect(() => cursor.step()).toThrow('readable bytes at 0x4ffffffe8');
  });

  test('does not read below what is readable, nor from the wrong half of the address space', () => {
    const { cursor } = open([{ ...f, row: { ...entry, cfa: { register: 'rbp', offset: 16n } } }]);
    const words = [0x7000n, 0x7008n, 0x7010n, 0x7018n, 0x7020n].map((address) => [address, 0x1018n] as const);
    const stack = new Memory([wordWindow(words)]);
    const attempt = (rbp: bigint) => {
      cursor.start(stack, registerFile(x86_64, { rip: 0x1004n, rsp: 0x7018n, rbp }));
      return cursor.step();
    };
    expect(attempt(0x7000n)).toBe(Step.caller);
    expect(attempt(0x7018n)).toBe(Step.caller);
    expect(() => attempt(0x7020n), 'behind the end').toThrow(/readable bytes at 0x7028/);
    expect(() => attempt(0x1_0000_7000n)).toThrow(/readable bytes at 0x100007008/);
    expect(() => attempt(0xffff_ffff_0000_7000n)).toThrow(/readable bytes at 0xffffffff00007008/);
    for (const readable of [9, 12, 16]) {
      stack.last.readable = readable;
      expect(() => attempt(0x7000n)).toThrow(/readable bytes at 0x7008/);
      expect(attempt(0x7010n)).toBe(Step.caller);
    }
    stack.last.readable = 8;
    expect(attempt(0x7000n)).toBe(Step.caller);
  });
});

test('a StackCursor shows its registers without copying them', () => {
  const cursor = new StackCursor(new AddressSpace(x86_64, [handMadeModule(x86_64, [f, g, root]).module]));
  const { registers: shown, known } = cursor;
  cursor.start(memory, registers);
  cursor.step();
  expect([shown[2 * x86_64.pc], shown[2 * x86_64.sp]]).toEqual([0x1018, 0x7008]);
  expect([shown.length, known.length]).toEqual([2 * x86_64.columnCount, x86_64.columnCount]);
  expect([lo(distinct(3)), hi(distinct(3))]).toEqual([...shown.subarray(6, 8)]);
  expect([...known]).toEqual(Array.from({ length: x86_64.columnCount }, () => 1));
});
