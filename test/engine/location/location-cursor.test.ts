import { describe, expect, test } from 'vitest';
import { aarch64, Memory, Step, UnwindError, x86_64 } from '../../../engine/index.ts';
import { distinct, type HandMadeRow, type HandMadeRule, registerFile, wordMemory, wordWindow } from '../hand-made.ts';
import { opened, saved } from './opened.ts';

/** Saves rbx and rbp; `kind` has it take the general step. */
const saves = (kind: 'plain' | 'unusual'): HandMadeRow => ({
  cfa: { register: 'rsp', offset: 24n },
  rules: {
    rbx: saved(-16n),
    rbp: saved(-24n),
    rip: saved(-8n),
    ...(kind === 'unusual' && { rdx: { kind: 'valOffset', offset: 4n } }),
  },
});
const savesNothing: HandMadeRow = { cfa: { register: 'rsp', offset: 8n }, rules: { rip: saved(-8n) } };
const stack = {
  28672: 0x1111n,
  28680: 0x2222n,
  28688: 0x1014n,
  28696: 0x1024n,
  28704: 0x3333n,
  28712: 0x4444n,
  28720: 0x9999n,
};

describe.each(['plain', 'unusual'] as const)('after a %s step', (kind) => {
  const rows = [saves(kind), savesNothing, saves(kind)];

  test('what was saved is at its address, and the rest as it was at the start', () => {
    const { cursor, value, address } = opened(x86_64, rows, wordMemory(stack), { rsp: 0x7000n });
    expect([value('rbx'), address('rbx'), value('r12'), address('r12')]).toEqual([
      distinct(3),
      undefined,
      distinct(12),
      undefined,
    ]);
    expect(cursor.step()).toBe(Step.caller);
    expect([value('rip'), value('rsp')]).toEqual([0x1014n, 0x7018n]);
    expect([value('rbx'), address('rbx'), value('rbp'), address('rbp')]).toEqual([0x2222n, 0x7008n, 0x1111n, 0x7000n]);
    expect([value('r12'), address('r12')]).toEqual([distinct(12), undefined]);
  });

  test('a register that a frame leaves alone stays where its callee saved it', () => {
    const { cursor, value, address } = opened(x86_64, rows, wordMemory(stack), { rsp: 0x7000n });
    expect([cursor.step(), cursor.step()]).toEqual([Step.caller, Step.caller]);
    expect([value('rip'), value('rbx'), address('rbx')]).toEqual([0x1024n, 0x2222n, 0x7008n]);
    expect(cursor.step()).toBe(Step.caller);
    expect([value('rip'), value('rbx'), address('rbx')]).toEqual([0x9999n, 0x4444n, 0x7028n]);
    expect([value('rbp'), address('rbp')]).toEqual([0x3333n, 0x7020n]);
  });

  test('PC and SP are in no memory', () => {
    const { cursor, address } = opened(x86_64, rows, wordMemory(stack), { rsp: 0x7000n });
    cursor.step();
    expect([address('rip'), address('rsp')]).toEqual([undefined, undefined]);
  });

  test('a value is loaded when it is asked for', () => {
    const memory = wordMemory(stack);
    const { cursor, value } = opened(x86_64, rows, memory, { rsp: 0x7000n });
    cursor.step();
    memory.last.view.setBigUint64(8, 0xabcd_0000_0000_1234n, true);
    expect(value('rbx')).toBe(0xabcd_0000_0000_1234n);
  });

  test('nothing is left of a walk when another one starts', () => {
    const memory = wordMemory(stack);
    const { cursor, value, address } = opened(x86_64, rows, memory, { rsp: 0x7000n });
    cursor.step();
    cursor.start(memory, registerFile(x86_64, { rip: 0x1004n, rsp: 0x7000n }));
    expect([value('rbx'), address('rbx')]).toEqual([distinct(3), undefined]);
  });

  test('a frame whose registers cannot be loaded is an error, and left as it is', () => {
    const { cursor, value } = opened(x86_64, rows, wordMemory({ 28680: 2n, 28688: 0x1014n }), { rsp: 0x7000n });
    for (let again = 0; again < 2; again++) {
      expect(() => cursor.step()).toThrow(UnwindError);
      expect([value('rip'), value('rsp'), value('rbx'), value('rbp')]).toEqual([
        0x1004n,
        0x7000n,
        distinct(3),
        distinct(6),
      ]);
    }
  });

  test('addresses in the upper half are whole', () => {
    const base = 0xffff_c900_1234_5000n;
    const words = Object.fromEntries(
      Object.entries(stack).map(([key, word]) => [`${BigInt(key) - 0x7000n + base}`, word]),
    );
    const { cursor, value, address } = opened(x86_64, rows, wordMemory(words), { rsp: base });
    cursor.step();
    expect([value('rbx'), address('rbx'), value('rsp')]).toEqual([0x2222n, base + 8n, base + 24n]);
  });

  test('a CFA may depend on a register that is saved', () => {
    const framed: HandMadeRow = { cfa: { register: 'rbp', offset: 16n }, rules: { rbp: saved(-16n), rip: saved(-8n) } };
    const words = { ...stack, 28672: 0x7020n, 28704: 0x5555n, 28712: 0x1024n };
    const { cursor, value, address } = opened(x86_64, [saves(kind), framed], wordMemory(words), {
      rsp: 0x7000n,
      // Its own value must not be taken for the caller's.
      rbp: 0x7018n,
    });
    cursor.step();
    expect(cursor.step()).toBe(Step.caller);
    expect([value('rip'), value('rsp'), value('rbp'), address('rbp')]).toEqual([0x1024n, 0x7030n, 0x5555n, 0x7020n]);
    expect([value('rbx'), address('rbx')]).toEqual([0x2222n, 0x7008n]);
  });
});

describe('a rule', () => {
  const behind = (rules: Readonly<Record<string, HandMadeRule>>, before: HandMadeRow = saves('plain')) => {
    const row: HandMadeRow = { cfa: { register: 'rsp', offset: 8n }, rules: { rip: saved(-8n), ...rules } };
    const made = opened(x86_64, [before, row], wordMemory(stack), { rsp: 0x7000n });
    expect([made.cursor.step(), made.cursor.step()]).toEqual([Step.caller, Step.caller]);
    expect(made.value('rip')).toBe(0x1024n);
    return made;
  };

  test('that computes a value puts it in no memory', () => {
    const { value, address } = behind({ rbx: { kind: 'valOffset', offset: 5n } });
    expect([value('rbx'), address('rbx')]).toEqual([0x7025n, undefined]);
  });

  test('that computes a value by an expression puts it in no memory', () => {
    // DW_OP_lit9
    const { value, address } = behind({ rbx: { kind: 'valExpression', code: [0x39] } });
    expect([value('rbx'), address('rbx')]).toEqual([9n, undefined]);
  });

  test('that computes an address by an expression has it there', () => {
    // DW_OP_plus_uconst 8, to the CFA
    const { value, address } = behind({ rbx: { kind: 'expression', code: [0x23, 8] } });
    expect([value('rbx'), address('rbx')]).toEqual([0x4444n, 0x7028n]);
  });

  test('that makes a register unknown leaves neither value nor address', () => {
    const { value, address } = behind({ rbx: { kind: 'undefined' } });
    expect([value('rbx'), address('rbx')]).toEqual([undefined, undefined]);
    expect([value('rbp'), address('rbp')]).toEqual([0x1111n, 0x7000n]);
  });

  test('that keeps the value keeps the place', () => {
    const { value, address } = behind({ rbx: { kind: 'sameValue' }, rbp: { kind: 'valOffset', offset: 0n } });
    expect([value('rbx'), address('rbx')]).toEqual([0x2222n, 0x7008n]);
  });

  test('that names another register has its place, not the one that register is restored to', () => {
    const swap = behind({ rbx: { kind: 'register', register: 'rbp' }, rbp: { kind: 'register', register: 'rbx' } });
    expect([swap.value('rbx'), swap.address('rbx')]).toEqual([0x1111n, 0x7000n]);
    expect([swap.value('rbp'), swap.address('rbp')]).toEqual([0x2222n, 0x7008n]);
    const gone = behind({ rbx: { kind: 'valOffset', offset: 5n }, rbp: { kind: 'register', register: 'rbx' } });
    expect([gone.value('rbp'), gone.address('rbp')]).toEqual([0x2222n, 0x7008n]);
    const { value, address } = behind({ rbx: { kind: 'register', register: 'r12' }, r12: saved(8n) });
    expect([value('rbx'), address('rbx')]).toEqual([distinct(12), undefined]);
    expect([value('r12'), address('r12')]).toEqual([0x4444n, 0x7028n]);
  });
});

describe('after an unusual step', () => {
  /** Saves rbx at an address (DW_OP_const8u), rbp below the return address. */
  const at = (address: bigint): HandMadeRow => {
    const bytes = Array.from({ length: 8 }, (_, i) => Number((address >> BigInt(8 * i)) & 0xffn));
    return {
      cfa: { register: 'rsp', offset: 24n },
      rules: { rbx: { kind: 'expression', code: [0x0e, ...bytes] }, rbp: saved(-24n), rip: saved(-8n) },
    };
  };
  const whole = wordWindow([
    [0x7000n, 0x6666n],
    [0x7010n, 0x1014n],
    [0x7038n, 0x7777n],
  ]);

  test.each([
    ['first', 0x7000n, 0x6666n],
    ['last', 0x7038n, 0x7777n],
  ])('what is saved in the %s word of the stack is read from there, without a search for it', (_, place, expected) => {
    const memory = new Memory([whole]);
    const { cursor, value, address } = opened(x86_64, [at(place)], memory, { rsp: 0x7000n });
    expect(cursor.step()).toBe(Step.caller);
    memory.read64 = () => {
      throw new Error('searched');
    };
    expect([value('rbx'), address('rbx'), value('rbp')]).toEqual([expected, place, 0x6666n]);
  });

  test.each([
    ['across two words', 0x7004n, 0n],
    ['in other memory below', 0x5000n, 0x5555n],
    ['in other memory above', 0x9000n, 0x9999n],
    ['right behind the stack', 0x7040n, 0xaaaan],
    ['in other memory of the same low half', 0x1_0000_7000n, 0xbbbbn],
  ])('what is saved %s is read from there', (_, place, expected) => {
    const words = [0x5000n, 0x9000n, 0x7040n, 0x1_0000_7000n] as const;
    const others = words.map((one, i) => wordWindow([[one, [0x5555n, 0x9999n, 0xaaaan, 0xbbbbn][i]!]]));
    const { cursor, value, address } = opened(x86_64, [at(place)], new Memory([whole, ...others]), { rsp: 0x7000n });
    expect(cursor.step()).toBe(Step.caller);
    expect([value('rbx'), address('rbx'), value('rip')]).toEqual([expected, place, 0x1014n]);
  });
});

test('registers saved on another stack are found from there on', () => {
  // Their low halves are alike.
  const near = 0x5_0000_7000n;
  const far = 0x7fff_0000_7000n;
  const switched: HandMadeRow = { cfa: { register: 'rbp', offset: 16n }, rules: { rbp: saved(-16n), rip: saved(-8n) } };
  const memory = new Memory([
    wordWindow([
      [near, far],
      [near + 8n, 0x2222n],
      [near + 16n, 0x1014n],
    ]),
    wordWindow([
      [far, 0x5555n],
      [far + 8n, 0x1024n],
      [far + 16n, 0x9999n],
    ]),
  ]);
  const { cursor, value, address } = opened(x86_64, [saves('plain'), switched, savesNothing], memory, { rsp: near });
  expect([cursor.step(), cursor.step(), cursor.step()]).toEqual([Step.caller, Step.caller, Step.caller]);
  expect([value('rip'), value('rsp')]).toEqual([0x9999n, far + 24n]);
  expect([value('rbx'), address('rbx')]).toEqual([0x2222n, near + 8n]);
  expect([value('rbp'), address('rbp')]).toEqual([0x5555n, far]);
});

describe('behind a signal frame', () => {
  // The handler at 0x1004 saves rbx and returns to a trampoline at 0x1014, which interrupted 0x1020.
  const handler: HandMadeRow = { cfa: { register: 'rsp', offset: 16n }, rules: { rbx: saved(-16n), rip: saved(-8n) } };

  test('registers are where the signal’s CFI says', () => {
    const trampoline: HandMadeRow = {
      cfa: { register: 'rsp', offset: 32n },
      rules: { rbx: saved(-32n), rbp: saved(-24n), rip: saved(-16n), rsp: saved(-8n) },
      signalFrame: true,
    };
    const words = { 24576: 1n, 24584: 0x1014n, 24592: 2n, 24600: 3n, 24608: 0x1020n, 24616: 0x7018n, ...stack };
    const { cursor, value, address } = opened(x86_64, [handler, trampoline, savesNothing], wordMemory(words), {
      rsp: 0x6000n,
    });
    expect([cursor.step(), value('rbx'), address('rbx')]).toEqual([Step.caller, 1n, 0x6000n]);
    expect([cursor.step(), cursor.isSignalFrame]).toEqual([Step.caller, true]);
    expect([value('rip'), value('rsp'), value('rbx'), address('rbx')]).toEqual([0x1020n, 0x7018n, 2n, 0x6010n]);
    expect([value('rbp'), address('rbp'), address('rsp')]).toEqual([3n, 0x6018n, undefined]);
    expect([cursor.step(), value('rip'), address('rbx')]).toEqual([Step.caller, 0x1024n, 0x6010n]);
  });

  test('they are in no memory where only its code tells a trampoline', () => {
    // mov $15, %rax; syscall
    const code = wordWindow([
      [0x2000n, 0x0f_0000_000f_c0c7_48n],
      [0x2008n, 0x05n],
    ]);
    const words: (readonly [bigint, bigint])[] = [
      [0x6000n, 1n],
      [0x6008n, 0x2000n],
    ];
    // The machine context: r8–r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip
    const order = [8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7, 16];
    order.forEach((register, i) => {
      const word = register === 16 ? 0x1014n : register === 7 ? 0x7018n : 0x100n + BigInt(register);
      words.push([0x6010n + 40n + 8n * BigInt(i), word]);
    });
    const memory = new Memory([
      wordWindow(words),
      code,
      wordWindow([
        [0x7018n, 0x9999n],
        [0x7020n, 0n],
      ]),
    ]);
    const { cursor, value, address } = opened(x86_64, [handler, savesNothing], memory, { rsp: 0x6000n });
    expect([cursor.step(), address('rbx')]).toEqual([Step.caller, 0x6000n]);
    expect([cursor.step(), cursor.isSignalFrame]).toEqual([Step.caller, true]);
    expect([value('rip'), value('rsp'), value('rbx'), address('rbx')]).toEqual([0x1014n, 0x7018n, 0x103n, undefined]);
    expect([cursor.step(), value('rip'), value('rbx')]).toEqual([Step.caller, 0x9999n, 0x103n]);
  });
});

describe('on AArch64', () => {
  const mask: [number, number] = [0, 0x007f_0000];
  const frame = (signState: number, more: Readonly<Record<string, HandMadeRule>> = {}): HandMadeRow => ({
    cfa: { register: 'sp', offset: 32n },
    rules: { x29: saved(-32n), x30: saved(-24n), x19: saved(-16n), d8: saved(-8n), ...more },
    signState,
  });
  const words = { 28672: 0x29n, 28680: 0x1014n, 28688: 0x19n, 28696: 0xd8n, 28704: 0x2929n, 28712: 0x1024n, 28728: 0n };
  const signed = { ...words, 28680: 0x0055_0000_0000_1014n };
  /** Has a frame take the general step. */
  const unusual: Readonly<Record<string, HandMadeRule>> = { x9: { kind: 'valOffset', offset: 0n } };

  test.each([
    ['plain', {}],
    ['unusual', unusual],
  ])('the link register of a %s frame is where it was saved, and its copy in PC in no memory', (_, more) => {
    const { cursor, value, address } = opened(aarch64, [frame(0, more)], wordMemory(words), { sp: 0x7000n });
    expect(cursor.step()).toBe(Step.caller);
    expect([value('pc'), value('x30'), address('x30'), address('pc')]).toEqual([0x1014n, 0x1014n, 0x7008n, undefined]);
    expect([value('x29'), address('x29'), value('x19'), address('x19')]).toEqual([0x29n, 0x7000n, 0x19n, 0x7010n]);
    expect([value('d8'), address('d8'), value('sp')]).toEqual([0xd8n, 0x7018n, 0x7020n]);
  });

  test.each([
    ['plain', {}],
    ['unusual', unusual],
  ])('a signed return address of a %s frame is in no memory, since that has its code', (_, more) => {
    const { cursor, value, address } = opened(aarch64, [frame(1, more)], wordMemory(signed), { sp: 0x7000n }, mask);
    expect(cursor.step()).toBe(Step.caller);
    expect([value('pc'), value('x30'), address('x30')]).toEqual([0x1014n, 0x1014n, undefined]);
    expect([value('x29'), address('x29')]).toEqual([0x29n, 0x7000n]);
  });

  test('one saved by the callee of a leaf is returned to from there', () => {
    const leaf: HandMadeRow = { cfa: { register: 'sp', offset: 0n } };
    const { cursor, value, address } = opened(aarch64, [frame(0), leaf], wordMemory(words), { sp: 0x7000n });
    expect([cursor.step(), value('pc')]).toEqual([Step.caller, 0x1014n]);
    // A leaf that has called: its link register still says where it was returned to.
    expect([cursor.step(), address('x30')]).toEqual([Step.loop, 0x7008n]);
  });

  test.each([8, 10, 11, 14, 20])('%d saved registers are all found', (count) => {
    const names = ['x30', ...Array.from({ length: 10 }, (_, i) => `x${19 + i}`), 'x29'];
    names.push(...Array.from({ length: 8 }, (_, i) => `d${8 + i}`));
    const rules = names.slice(0, count).map((name, i) => [name, saved(BigInt(-8 * (i + 1)))] as const);
    const row: HandMadeRow = { cfa: { register: 'sp', offset: 160n }, rules: Object.fromEntries(rules) };
    const memory = wordMemory(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [0x7000 + 8 * i, BigInt(i)])));
    const { cursor, value, address } = opened(aarch64, [row], memory, { sp: 0x7000n });
    expect(cursor.step()).toBe(Step.caller);
    rules.forEach(([name], i) => {
      expect([value(name), address(name)], name).toEqual([19n - BigInt(i), 0x7098n - 8n * BigInt(i)]);
    });
    if (count < 20) expect([value('d15'), address('d15')]).toEqual([distinct(41), undefined]);
  });
});

test.each(['x30', 'x10'])('a signed return address in %s is not what memory has', (returnColumn) => {
  const row: HandMadeRow = {
    cfa: { register: 'sp', offset: 32n },
    rules: { [returnColumn]: saved(-32n), x0: { kind: 'valOffset', offset: 0n } },
    returnColumn,
    signState: 1,
  };
  const memory = wordMemory({ 28672: 0x7f_0000_0000_1014n });
  const { cursor, value, address } = opened(aarch64, [row, row], memory, { sp: 28672n }, [0, 0x7f_0000]);
  expect(cursor.step()).toBe(Step.caller);
  expect([value('pc'), value(returnColumn), address(returnColumn)]).toEqual([0x1014n, 0x1014n, undefined]);
});

test('RA_SIGN_STATE that a rule has in memory is not the caller’s', () => {
  const row: HandMadeRow = {
    cfa: { register: 'sp', offset: 32n },
    rules: { x30: saved(-32n), ra_sign_state: saved(-24n) },
  };
  const memory = wordMemory({ 28672: 0x7f_0000_0000_1014n, 28680: 1n });
  const { cursor, value, address } = opened(aarch64, [row, row], memory, { sp: 28672n }, [0, 0x7f_0000]);
  expect(cursor.step()).toBe(Step.caller);
  expect([value('pc'), value('ra_sign_state'), address('ra_sign_state')]).toEqual([0x1014n, 0n, undefined]);
});
