import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CurrentFrame } from '../../../engine/current-frame.ts';
import { ExpressionEvaluator } from '../../../engine/dwarf/expression.ts';
import * as op from '../../../engine/dwarf/expression-opcodes.ts';
import { type Architecture, aarch64, Memory, MemoryWindow, UnwindError, x86_64 } from '../../../engine/index.ts';
import { hi, lo, registerFile } from '../hand-made.ts';

const stackStart = 0x7ffe_ffff_fff0n;
const stackBytes = Uint8Array.from({ length: 64 }, (_, i) => 0x80 + i);
const memory = new Memory([new MemoryWindow(stackStart, stackBytes)]);
const min64 = 0x8000_0000_0000_0000n;
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

function frame(architecture: Architecture, given: Record<string, bigint> = {}, unknown: number[] = []): CurrentFrame {
  // A frame in the middle of a buffer: its registers must be found through `base`.
  const values = new Uint32Array(6 * architecture.columnCount).fill(0xdeadbeef);
  values.set(registerFile(architecture, given), 2 * architecture.columnCount);
  const known = new Uint8Array(3 * architecture.columnCount).fill(1);
  for (const column of unknown) known[architecture.columnCount + column] = 0;
  const current = new CurrentFrame(values, known, memory);
  current.base = architecture.columnCount;
  return current;
}

function run(code: number[], current = frame(x86_64), initial?: bigint, architecture: Architecture = x86_64): bigint {
  const evaluator = new ExpressionEvaluator(architecture);
  // Bytes around the expression must never be taken for part of it.
  const bytes = Uint8Array.of(0x96, ...code, 0x31);
  const pair = initial === undefined ? undefined : Uint32Array.of(lo(initial), hi(initial));
  evaluator.evaluate(current, bytes, '.eh_frame', 1, code.length, pair);
  return (BigInt(evaluator.result[1]!) << 32n) | BigInt(evaluator.result[0]!);
}

function failure(code: number[], current?: CurrentFrame, initial?: bigint): UnwindError {
  try {
    run(code, current, initial);
  } catch (error) {
    if (error instanceof UnwindError) return error;
    throw error;
  }
  throw new Error('expected an UnwindError');
}

function constant(value: bigint): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, u64(value), true);
  return [op.DW_OP_const8u, ...bytes];
}

describe('constants', () => {
  test.each([
    ['lit0', [op.DW_OP_lit0], 0n],
    ['lit31', [op.DW_OP_lit31], 31n],
    ['addr', [op.DW_OP_addr, 1, 2, 3, 4, 5, 6, 7, 0x88], 0x8807060504030201n],
    ['const1u', [op.DW_OP_const1u, 0xff], 0xffn],
    ['const1s', [op.DW_OP_const1s, 0xff], -1n],
    ['const2u', [op.DW_OP_const2u, 0xfe, 0xff], 0xfffen],
    ['const2s', [op.DW_OP_const2s, 0xfe, 0xff], -2n],
    ['const4u', [op.DW_OP_const4u, 0xfd, 0xff, 0xff, 0xff], 0xfffffffdn],
    ['const4s', [op.DW_OP_const4s, 0xfd, 0xff, 0xff, 0xff], -3n],
    ['const8u', [op.DW_OP_const8u, 0, 0, 0, 0, 0, 0, 0, 0x80], min64],
    ['const8s', [op.DW_OP_const8s, 0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -4n],
    ['constu', [op.DW_OP_constu, 0xe5, 0x8e, 0x26], 624485n],
    ['constu with a bit that would be a sign', [op.DW_OP_constu, 0x7f], 127n],
    ['constu with redundant bytes', [op.DW_OP_constu, 0x85, 0x80, 0x80, 0x00], 5n],
    ['consts', [op.DW_OP_consts, 0x80, 0x7f], -128n],
  ])('DW_OP_%s', (_, code, expected) => {
    expect(run(code)).toBe(u64(expected));
  });
});

describe('the stack', () => {
  /** Both halves of an entry tell which it is. */
  const both = (value: bigint): bigint => (value << 32n) | value;
  const three = [3n, 2n, 1n].flatMap((value) => constant(both(value)));
  /** Weighs the top three entries by 1, 16 and 256, so that the sum tells their order. */
  const weigh = [
    op.DW_OP_swap,
    op.DW_OP_const1u,
    16,
    op.DW_OP_mul,
    op.DW_OP_plus,
    op.DW_OP_swap,
    op.DW_OP_const2u,
    0,
    1,
    op.DW_OP_mul,
    op.DW_OP_plus,
  ];

  test('weighs third, second and top', () => expect(run([...three, ...weigh])).toBe(both(0x321n)));
  test('DW_OP_dup', () => expect(run([...three, op.DW_OP_dup, ...weigh])).toBe(both(0x211n)));
  test('DW_OP_drop', () => expect(run([...three, op.DW_OP_drop])).toBe(both(2n)));
  test('DW_OP_drop of what lies on two others', () => {
    expect(run([...three, op.DW_OP_lit0, op.DW_OP_drop, ...weigh])).toBe(both(0x321n));
  });
  test('DW_OP_over', () => expect(run([...three, op.DW_OP_over, ...weigh])).toBe(both(0x212n)));
  test('DW_OP_pick', () => expect(run([...three, op.DW_OP_pick, 2, ...weigh])).toBe(both(0x213n)));
  test('DW_OP_pick 0 is DW_OP_dup', () => expect(run([...three, op.DW_OP_pick, 0, ...weigh])).toBe(both(0x211n)));
  test('DW_OP_swap', () => expect(run([...three, op.DW_OP_swap, ...weigh])).toBe(both(0x312n)));
  // DWARF 5, section 2.5.1.3: the top becomes the third, the second the top, the third the second.
  test('DW_OP_rot', () => expect(run([...three, op.DW_OP_rot, ...weigh])).toBe(both(0x132n)));
  test('DW_OP_nop does nothing', () => expect(run([...three, op.DW_OP_nop, ...weigh])).toBe(both(0x321n)));

  test.each([
    ['an empty expression without an initial value', []],
    ['drop', [op.DW_OP_drop]],
    ['dup', [op.DW_OP_dup]],
    ['over of one entry', [op.DW_OP_lit0, op.DW_OP_over]],
    ['pick beyond the bottom', [op.DW_OP_lit0, op.DW_OP_pick, 1]],
    ['swap of one entry', [op.DW_OP_lit0, op.DW_OP_swap]],
    ['rot of two entries', [op.DW_OP_lit0, op.DW_OP_lit0, op.DW_OP_rot]],
    ['plus of one entry', [op.DW_OP_lit0, op.DW_OP_plus]],
    ['plus_uconst of nothing', [op.DW_OP_plus_uconst, 1]],
    ['bra without a condition', [op.DW_OP_bra, 0, 0]],
    ['deref of nothing', [op.DW_OP_deref]],
    ['neg of nothing', [op.DW_OP_neg]],
  ])('%s underflows', (_, code) => {
    const error = failure(code);
    expect(error.kind).toBe('invalid');
    expect(error.message).toContain('stack underflow');
  });

  test('has room for 128 entries', () => {
    expect(run(Array.from({ length: 128 }, (_, i) => op.DW_OP_lit0 + (i % 32)))).toBe(31n);
    const error = failure(Array.from({ length: 129 }, () => op.DW_OP_lit0));
    expect(error.kind).toBe('invalid');
    expect(error.message).toContain('stack overflow');
  });
});

describe('the initial value', () => {
  // A val_expression that says nothing is the CFA itself.
  test('is the result of an empty expression', () =>
    expect(run([], frame(x86_64), 0x7fff_1234_5678_9abcn)).toBe(0x7fff_1234_5678_9abcn));
  test('lies below what the expression pushes', () => {
    expect(run([op.DW_OP_lit0 + 8, op.DW_OP_minus], frame(x86_64), 0x1_0000_0004n)).toBe(0xffff_fffcn);
  });
});

describe('arithmetic', () => {
  const big = fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    fc.constantFrom(0n, 1n, 0xffffffffn, 0x100000000n, min64 - 1n, min64, (1n << 64n) - 1n),
    fc.bigInt({ min: 0n, max: 130n }),
  );
  const s = (value: bigint): bigint => BigInt.asIntN(64, value);
  const shiftAmount = (value: bigint): bigint => (value > 64n ? 64n : value);
  const models: Record<string, [number, (a: bigint, b: bigint) => bigint]> = {
    and: [op.DW_OP_and, (a, b) => a & b],
    or: [op.DW_OP_or, (a, b) => a | b],
    xor: [op.DW_OP_xor, (a, b) => a ^ b],
    plus: [op.DW_OP_plus, (a, b) => a + b],
    minus: [op.DW_OP_minus, (a, b) => a - b],
    mul: [op.DW_OP_mul, (a, b) => a * b],
    'div (signed)': [op.DW_OP_div, (a, b) => s(a) / s(b)],
    'mod (unsigned)': [op.DW_OP_mod, (a, b) => a % b],
    shl: [op.DW_OP_shl, (a, b) => a << shiftAmount(b)],
    shr: [op.DW_OP_shr, (a, b) => a >> shiftAmount(b)],
    shra: [op.DW_OP_shra, (a, b) => s(a) >> shiftAmount(b)],
    eq: [op.DW_OP_eq, (a, b) => (a === b ? 1n : 0n)],
    ne: [op.DW_OP_ne, (a, b) => (a !== b ? 1n : 0n)],
    'ge (signed)': [op.DW_OP_ge, (a, b) => (s(a) >= s(b) ? 1n : 0n)],
    'gt (signed)': [op.DW_OP_gt, (a, b) => (s(a) > s(b) ? 1n : 0n)],
    'le (signed)': [op.DW_OP_le, (a, b) => (s(a) <= s(b) ? 1n : 0n)],
    'lt (signed)': [op.DW_OP_lt, (a, b) => (s(a) < s(b) ? 1n : 0n)],
  };

  for (const [name, [operation, model]] of Object.entries(models)) {
    test(`DW_OP_${name} is exact for all 64 bits`, () => {
      const divides = operation === op.DW_OP_div || operation === op.DW_OP_mod;
      const property = (a: bigint, b: bigint): void => {
        if (divides && b === 0n) return;
        expect(run([...constant(a), ...constant(b), operation])).toBe(u64(model(a, b)));
      };
      fc.assert(fc.property(big, big, property), { numRuns: 300 });
    });
  }

  test.each([
    ['abs', op.DW_OP_abs, (a: bigint) => (s(a) < 0n ? -a : a)],
    ['neg', op.DW_OP_neg, (a: bigint) => -a],
    ['not', op.DW_OP_not, (a: bigint) => ~a],
  ])('DW_OP_%s is exact for all 64 bits', (_, operation, model) => {
    const property = (a: bigint): void => {
      expect(run([...constant(a), operation])).toBe(u64(model(a)));
    };
    fc.assert(fc.property(big, property));
  });

  test.each([0n, 1n, 31n, 32n, 33n, 63n, 64n, 65n, 0x1_0000_0000n])('shifts by %i', (amount) => {
    const value = 0x9234_5678_9abc_def1n;
    for (const [operation, model] of [models.shl!, models.shr!, models.shra!]) {
      expect(run([...constant(value), ...constant(amount), operation])).toBe(u64(model(value, amount)));
    }
  });

  test('the smallest number divided by -1 wraps', () => {
    expect(run([...constant(min64), ...constant(-1n), op.DW_OP_div])).toBe(min64);
  });

  test('division truncates towards zero', () => {
    expect(run([...constant(-7n), op.DW_OP_lit0 + 2, op.DW_OP_div])).toBe(u64(-3n));
  });

  test.each([
    ['div', op.DW_OP_div],
    ['mod', op.DW_OP_mod],
  ])('DW_OP_%s by zero is invalid', (_, operation) => {
    const error = failure([op.DW_OP_lit0 + 1, op.DW_OP_lit0, operation]);
    expect(error).toMatchObject({ kind: 'invalid', offset: 3 });
    expect(error.message).toContain('no division by zero');
    expect(run([...constant(7n << 32n), ...constant(1n << 32n), operation])).toBe(operation === op.DW_OP_div ? 7n : 0n);
  });

  test('DW_OP_plus_uconst adds across 2^32', () => {
    expect(run([...constant(0xffff_ffffn), op.DW_OP_plus_uconst, 0x81, 0x01])).toBe(0x1_0000_0080n);
  });
});

describe('registers', () => {
  test('DW_OP_breg7 is the current stack pointer plus a signed offset', () => {
    expect(run([op.DW_OP_breg0 + 7, 0x78], frame(x86_64, { rsp: 0x7f00_0000_0004n }))).toBe(0x7eff_ffff_fffcn);
  });

  test('DW_OP_breg0 and DW_OP_breg31 are the first and the last', () => {
    expect(run([op.DW_OP_breg0, 2], frame(x86_64, { rax: 0x40n }))).toBe(0x42n);
    expect(run([op.DW_OP_breg0, 2], frame(aarch64, { x0: 0x50n }), undefined, aarch64)).toBe(0x52n);
    expect(run([op.DW_OP_breg31, 2], frame(aarch64, { sp: 0x60n }), undefined, aarch64)).toBe(0x62n);
  });

  // A CFA expression may use any register, r9 included.
  test('DW_OP_breg9 reads r9', () => {
    expect(run([op.DW_OP_breg0 + 9, 0x10], frame(x86_64, { r9: 0xffff_ffff_ffff_fff8n }))).toBe(8n);
  });

  test('DW_OP_bregx names registers by their DWARF number', () => {
    const current = frame(aarch64, { d9: 0x1234n });
    expect(run([op.DW_OP_bregx, 73, 1], current, undefined, aarch64)).toBe(0x1235n);
    expect(run([op.DW_OP_breg31, 1], frame(aarch64, { sp: 0x20n }), undefined, aarch64)).toBe(0x21n);
  });

  test('a register whose value is not known is unreadable, not zero', () => {
    const error = failure([op.DW_OP_breg0 + 3, 0], frame(x86_64, {}, [3]));
    expect(error).toMatchObject({ kind: 'unreadable', section: '.eh_frame', offset: 1 });
    expect(error.message).toContain('register 3');
  });

  test.each([
    ['that is not tracked', [op.DW_OP_bregx, 17, 0]],
    ['behind the end of the map', [op.DW_OP_bregx, 0x80, 0x01, 0]],
    ['beyond 32 bits', [op.DW_OP_bregx, 0x83, 0x80, 0x80, 0x80, 0x80, 0x01, 0]],
  ])('a register %s is unreadable', (_, code) => {
    expect(failure(code).kind).toBe('unreadable');
  });

  test.each([
    ['DW_OP_reg0', [op.DW_OP_reg0], '0x50'],
    ['DW_OP_reg3', [op.DW_OP_reg0 + 3], '0x53'],
    ['DW_OP_reg31', [op.DW_OP_reg31], '0x6f'],
    ['DW_OP_regx', [op.DW_OP_regx, 3], '0x90'],
  ])('%s is a location, not a value', (_, code, name) => {
    const error = failure(code);
    expect(error).toMatchObject({ kind: 'invalid', offset: 1 });
    expect(error.message).toContain(`expected a value, found the register location ${name}`);
  });
});

describe('memory', () => {
  const at = (offset: bigint): number[] => constant(stackStart + offset);

  test('DW_OP_deref reads eight bytes, across a multiple of 2^32 too', () => {
    expect(run([...at(12n), op.DW_OP_deref])).toBe(0x93929190_8f8e8d8cn);
  });

  test.each([
    [1, 0x84n],
    [2, 0x8584n],
    [3, 0x868584n],
    [4, 0x87868584n],
    [5, 0x88_87868584n],
    [8, 0x8b8a8988_87868584n],
  ])('DW_OP_deref_size %i extends with zeros', (size, expected) => {
    expect(run([...at(4n), op.DW_OP_deref_size, size])).toBe(expected);
  });

  test.each([0, 9, 255])('DW_OP_deref_size %i is invalid', (size) => {
    const error = failure([...at(0n), op.DW_OP_deref_size, size]);
    expect(error.kind).toBe('invalid');
    expect(error.message).toContain(`DW_OP_deref_size of 1 to 8 bytes, found ${size}`);
  });

  test('memory that cannot be read is unreadable', () => {
    const error = failure([...at(57n), op.DW_OP_deref]);
    expect(error).toMatchObject({ kind: 'unreadable', offset: 10 });
    expect(error.message).toContain('8 readable bytes at 0x7fff00000029');
    expect(run([...at(56n), op.DW_OP_deref])).toBe(0xbfbebdbc_bbbab9b8n);
    expect(failure([...at(64n), op.DW_OP_deref_size, 1]).kind).toBe('unreadable');
  });
});

describe('branches', () => {
  test('DW_OP_skip counts from behind its operand', () => {
    expect(run([op.DW_OP_lit0 + 1, op.DW_OP_skip, 1, 0, op.DW_OP_lit0 + 2, op.DW_OP_nop])).toBe(1n);
  });

  test('DW_OP_skip may lead to the end', () => {
    expect(run([op.DW_OP_lit0 + 1, op.DW_OP_skip, 1, 0, op.DW_OP_lit0 + 2])).toBe(1n);
  });

  test.each([
    [0n, 5n],
    [1n, 9n],
    [0x1_0000_0000n, 9n],
  ])('DW_OP_bra on %i', (condition, expected) => {
    const code = [op.DW_OP_lit0 + 9, ...constant(condition), op.DW_OP_bra, 1, 0, op.DW_OP_lit0 + 5];
    expect(run(code)).toBe(expected);
  });

  test('a backward branch makes a loop: the sum of 1 to 10', () => {
    const body = [
      op.DW_OP_dup,
      op.DW_OP_rot,
      op.DW_OP_plus,
      op.DW_OP_swap,
      op.DW_OP_lit0 + 1,
      op.DW_OP_minus,
      op.DW_OP_dup,
    ];
    const back = -(body.length + 3) & 0xffff;
    const code = [op.DW_OP_lit0, op.DW_OP_lit0 + 10, ...body, op.DW_OP_bra, back & 0xff, back >> 8, op.DW_OP_drop];
    expect(run(code)).toBe(55n);
  });

  test('a branch may lead to the first operation: 10 counted down from the initial value', () => {
    const code = [op.DW_OP_lit0 + 1, op.DW_OP_minus, op.DW_OP_dup, op.DW_OP_bra, 0xfa, 0xff];
    expect(run(code, frame(x86_64), 10n)).toBe(0n);
  });

  test.each([
    ['before the start', [op.DW_OP_lit0, op.DW_OP_skip, 0xfb, 0xff]],
    ['behind the end', [op.DW_OP_lit0, op.DW_OP_skip, 1, 0]],
  ])('a branch %s is invalid', (_, code) => {
    const error = failure(code);
    expect(error).toMatchObject({ kind: 'invalid', offset: 2 });
    expect(error.message).toContain('a branch inside the expression');
  });

  test('an endless loop is invalid', () => {
    const error = failure([op.DW_OP_lit0, op.DW_OP_skip, 0xfd, 0xff]);
    expect(error.kind).toBe('invalid');
    expect(error.message).toContain('10000 operations');
  });
});

describe('other operations', () => {
  test('DW_OP_stack_value is accepted at the end only', () => {
    expect(run([op.DW_OP_lit0 + 4, op.DW_OP_stack_value])).toBe(4n);
    const error = failure([op.DW_OP_lit0 + 4, op.DW_OP_stack_value, op.DW_OP_nop]);
    expect(error.kind).toBe('invalid');
    expect(error.message).toContain('DW_OP_stack_value only at the end');
  });

  test.each([
    ['xderef', 0x18],
    ['fbreg', 0x91],
    ['piece', 0x93],
    ['push_object_address', 0x97],
    ['call2', 0x98],
    ['call_frame_cfa', 0x9c],
    ['implicit_value', 0x9e],
    ['entry_value', 0xa3],
    ['0x04, which is reserved', 0x04],
    ['0x00, which is reserved', 0x00],
    ['0xff, which vendors may use', 0xff],
  ])('%s is unsupported', (_, operation) => {
    const error = failure([op.DW_OP_lit0, operation, 0, 0]);
    expect(error).toMatchObject({ kind: 'unsupported', offset: 2 });
    expect(error.message).toContain(`an operation of call frame information, found 0x${operation.toString(16)}`);
  });

  test.each([
    ['const8u', [op.DW_OP_const8u, 1, 2, 3, 4, 5, 6, 7]],
    ['constu', [op.DW_OP_constu, 0x80]],
    ['breg7', [op.DW_OP_breg0 + 7]],
    ['pick', [op.DW_OP_lit0, op.DW_OP_pick]],
    ['skip', [op.DW_OP_lit0, op.DW_OP_skip, 0]],
  ])('the operand of %s must end in the expression', (_, code) => {
    expect(failure(code).kind).toBe('invalid');
  });

  test('an expression must lie in its section', () => {
    const evaluator = new ExpressionEvaluator(x86_64);
    const outside = (): void => evaluator.evaluate(frame(x86_64), new Uint8Array(4), '.eh_frame', 2, 3, undefined);
    expect(outside).toThrow(UnwindError);
  });
});

test('an evaluation is not disturbed by one that failed before', () => {
  const evaluator = new ExpressionEvaluator(x86_64);
  const evaluate = (...code: number[]): void =>
    evaluator.evaluate(frame(x86_64), Uint8Array.from(code), '.eh_frame', 0, code.length, undefined);
  expect(() => evaluate(op.DW_OP_lit0 + 1, op.DW_OP_lit0 + 2, op.DW_OP_reg0)).toThrow(UnwindError);
  expect(() => evaluate(op.DW_OP_lit0 + 3, op.DW_OP_plus)).toThrow('stack underflow');
  evaluate(op.DW_OP_lit0 + 4);
  expect([...evaluator.result]).toEqual([4, 0]);
});

test('errors name the section an expression lies in, though others share its bytes', () => {
  const evaluator = new ExpressionEvaluator(x86_64);
  const bytes = Uint8Array.of(op.DW_OP_lit0 + 5, op.DW_OP_drop, op.DW_OP_lit0 + 6);
  const evaluate = (section: string, position: number): void =>
    evaluator.evaluate(frame(x86_64), bytes, section, position, 1, undefined);
  evaluate('.eh_frame', 0);
  evaluate('.eh_frame', 2);
  expect([...evaluator.result]).toEqual([6, 0]);
  expect(() => evaluate('.eh_frame', 1)).toThrow('.eh_frame');
  expect(() => evaluate('.debug_frame', 1)).toThrow('.debug_frame');
});

test('random bytes give a value or an UnwindError', () => {
  const current = frame(x86_64, { rsp: stackStart + 8n, rbp: stackStart + 16n });
  const evaluator = new ExpressionEvaluator(x86_64);
  const outcomes = { value: 0, error: 0 };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (code) => {
      try {
        evaluator.evaluate(current, code, '.eh_frame', 0, code.length, Uint32Array.of(1, 2));
        outcomes.value++;
      } catch (error) {
        expect(error).toBeInstanceOf(UnwindError);
        outcomes.error++;
      }
    }),
    { numRuns: 5000 },
  );
  expect(Math.min(outcomes.value, outcomes.error)).toBeGreaterThan(0);
});
