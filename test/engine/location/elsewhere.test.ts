import { describe, expect, test } from 'vitest';
import { aarch64, Memory, Step, x86_64 } from '../../../engine/index.ts';
import { distinct, type HandMadeRow, wordWindow } from '../hand-made.ts';
import { opened, saved } from './opened.ts';

type Words = readonly (readonly [address: bigint, value: bigint])[];
const memoryOf = (...windows: readonly Words[]) => new Memory(windows.map(wordWindow));

const high = 0xffff_c900_1234_5000n;

describe('a register that is saved outside the window of the stack', () => {
  // DW_OP_const2u 0x5000; the return address lies on the stack.
  const far: HandMadeRow = {
    cfa: { register: 'rsp', offset: 16n },
    rules: { rbp: { kind: 'expression', code: [0x0a, 0x00, 0x50] }, rip: saved(-8n) },
  };
  const framed: HandMadeRow = { cfa: { register: 'rbp', offset: 16n }, rules: { rip: saved(-8n) } };
  const stack: Words = [
    [0x7000n, 0n],
    [0x7008n, 0x1014n],
    [0x7018n, 0x1024n],
    [0x7028n, 0x1024n],
  ];

  test('is loaded when it is asked for, and when a CFA counts from it', () => {
    const memory = memoryOf(stack, [[0x5000n, 0x7010n]]);
    const { cursor, value } = opened(x86_64, [far, framed], memory, { rsp: 0x7000n });
    expect([cursor.step(), value('rbp')]).toEqual([Step.caller, 0x7010n]);
    memory.windows[1]!.view.setBigUint64(0, 0x7020n, true);
    expect(value('rbp')).toBe(0x7020n);
    expect([cursor.step(), value('rsp')]).toEqual([Step.caller, 0x7030n]);
  });
});

test('a register in the first word of a stack stays there when that is left', () => {
  const other = 0x7fff_0000_7000n;
  const rows: HandMadeRow[] = [
    { cfa: { register: 'rsp', offset: 24n }, rules: { rbx: saved(-24n), rbp: saved(-16n), rip: saved(-8n) } },
    { cfa: { register: 'rbp', offset: 16n }, rules: { rbp: saved(-16n), rip: saved(-8n) } },
  ];
  const first: Words = [
    [0x7000n, 0xbbn],
    [0x7008n, other],
    [0x7010n, 0x1014n],
  ];
  const second: Words = [
    [other, 0x5555n],
    [other + 8n, 0x9999n],
  ];
  const { cursor, value, address } = opened(x86_64, rows, memoryOf(first, second), { rsp: 0x7000n });
  expect([cursor.step(), cursor.step(), value('rip')]).toEqual([Step.caller, Step.caller, 0x9999n]);
  expect([value('rbx'), address('rbx')]).toEqual([0xbbn, 0x7000n]);
});

test('a CFA that counts from a saved register may lie 4 GiB away', () => {
  const rows: HandMadeRow[] = [
    { cfa: { register: 'rsp', offset: 24n }, rules: { rbp: saved(-16n), rip: saved(-8n) } },
    { cfa: { register: 'rbp', offset: 16n }, rules: { rip: saved(-8n) } },
  ];
  const near: Words = [
    [0x7000n, 0n],
    [0x7008n, 0x1_0000_7010n],
    [0x7010n, 0x1014n],
    [0x7018n, 0xbadn],
  ];
  const { cursor, value } = opened(x86_64, rows, memoryOf(near, [[0x1_0000_7018n, 0x9999n]]), { rsp: 0x7000n });
  expect([cursor.step(), cursor.step(), value('rip')]).toEqual([Step.caller, Step.caller, 0x9999n]);
  expect(value('rsp')).toBe(0x1_0000_7020n);
});

test('a rule that names another register has its whole place', () => {
  const rows: HandMadeRow[] = [
    { cfa: { register: 'rsp', offset: 24n }, rules: { rbx: saved(-24n), rbp: saved(-16n), rip: saved(-8n) } },
    {
      cfa: { register: 'rsp', offset: 8n },
      rules: {
        rbx: { kind: 'register', register: 'rbp' },
        rbp: { kind: 'register', register: 'rbx' },
        r12: { kind: 'register', register: 'rbx' },
        rip: saved(-8n),
      },
    },
  ];
  const stack: Words = [
    [high, 0xbbn],
    [high + 8n, 0x55n],
    [high + 16n, 0x1014n],
    [high + 24n, 0x9999n],
  ];
  const { cursor, value, address } = opened(x86_64, rows, memoryOf(stack), { rsp: high });
  expect([cursor.step(), cursor.step(), value('rip')]).toEqual([Step.caller, Step.caller, 0x9999n]);
  expect([value('rbx'), address('rbx')]).toEqual([0x55n, high + 8n]);
  expect([value('rbp'), address('rbp')]).toEqual([0xbbn, high]);
  // It had no place before.
  expect([value('r12'), address('r12')]).toEqual([0xbbn, high]);
});

test('the call of a null pointer, interrupted, leaves registers where the signal saved them', () => {
  const trampoline: HandMadeRow = {
    cfa: { register: 'rsp', offset: 32n },
    rules: { rbx: saved(-32n), rip: saved(-16n), rsp: saved(-8n) },
    signalFrame: true,
  };
  const stack: Words = [
    [0x6000n, 0xbbn],
    [0x6010n, 0n],
    [0x6018n, 0x7000n],
    [0x7000n, 0x1014n],
  ];
  const { cursor, value, address } = opened(x86_64, [trampoline], memoryOf(stack), { rsp: 0x6000n });
  expect([cursor.step(), value('rip'), address('rbx')]).toEqual([Step.caller, 0n, 0x6000n]);
  expect([cursor.step(), value('rip'), value('rsp')]).toEqual([Step.caller, 0x1014n, 0x7008n]);
  expect([value('rbx'), address('rbx'), value('r12')]).toEqual([0xbbn, 0x6000n, distinct(12)]);
});

describe('on AArch64, the return address of an unusual frame', () => {
  const row = (signState: number): HandMadeRow => ({
    cfa: { register: 'sp', offset: 16n },
    rules: { x30: saved(-8n), x9: { kind: 'valOffset', offset: 0n } },
    signState,
  });

  test('is where it was saved, at any address', () => {
    const stack: Words = [
      [high, 0n],
      [high + 8n, 0x9999n],
    ];
    const { cursor, value, address } = opened(aarch64, [row(0)], memoryOf(stack), { sp: high });
    expect([cursor.step(), value('x30'), address('x30')]).toEqual([Step.caller, 0x9999n, high + 8n]);
  });

  test.each([
    ['high', [0, 0x00f0_0000], 0x0050_0000_0000_9999n],
    ['low', [0xf000_0000, 0], 0x5000_9999n],
  ] as const)('is in no memory with a code in its %s half', (_half, mask, signed) => {
    const stack: Words = [
      [0x7000n, 0n],
      [0x7008n, signed],
    ];
    const { cursor, value, address } = opened(aarch64, [row(1)], memoryOf(stack), { sp: 0x7000n }, mask);
    expect([cursor.step(), value('x30'), address('x30')]).toEqual([Step.caller, 0x9999n, undefined]);
  });
});
