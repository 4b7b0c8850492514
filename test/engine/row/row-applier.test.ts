import { describe, expect, test } from 'vitest';
import { CurrentFrame } from '../../../engine/current-frame.ts';
import { type Architecture, aarch64, Memory, Row, RowApplier, UnwindError, x86_64 } from '../../../engine/index.ts';
import { column, distinct, fillRow, type HandMadeRow, registerFile, wordMemory } from '../hand-made.ts';

// DW_OP_breg7 (rsp) + 8, DW_OP_breg6 (rbp) + 0, DW_OP_deref, DW_OP_lit0 …
const breg7 = 0x77;
const breg6 = 0x76;
const deref = 0x06;

interface Result {
  readonly hasCaller: boolean;
  /** A register of the caller, undefined where it is not known. */
  get(name: string): bigint | undefined;
  readonly cfa: bigint;
}

interface Given {
  readonly registers?: Record<string, bigint>;
  readonly unknown?: readonly string[];
  readonly memory?: Memory;
  readonly pacMask?: readonly [lo: number, hi: number];
}

function apply(architecture: Architecture, made: HandMadeRow, given: Given = {}): Result {
  const row = new Row(architecture.columnCount);
  fillRow(architecture, made, row);
  [row.startLo, row.startHi] = [0x23456789, 1];
  const { columnCount } = architecture;
  const values = new Uint32Array(4 * columnCount).fill(0xdeadbeef);
  values.set(registerFile(architecture, given.registers ?? {}));
  const known = new Uint8Array(2 * columnCount).fill(1, 0, columnCount);
  for (const name of given.unknown ?? []) known[column(architecture, name)] = 0;
  const frame = new CurrentFrame(values, known, given.memory ?? new Memory([]));
  [frame.pacMaskLo, frame.pacMaskHi] = given.pacMask ?? [0, 0];
  const applier = new RowApplier(architecture);
  const hasCaller = applier.apply(row, frame, columnCount);
  const pair = (buffer: Uint32Array, index: number): bigint =>
    (BigInt(buffer[2 * index + 1]!) << 32n) | BigInt(buffer[2 * index]!);
  return {
    hasCaller,
    get: (name) => {
      const index = columnCount + column(architecture, name);
      return known[index] === 1 ? pair(values, index) : undefined;
    },
    cfa: pair(applier.cfa, 0),
  };
}

function failure(architecture: Architecture, made: HandMadeRow, given: Given = {}): UnwindError {
  try {
    apply(architecture, made, given);
  } catch (error) {
    if (error instanceof UnwindError) return error;
    throw error;
  }
  throw new Error('expected an UnwindError');
}

const entry: HandMadeRow = {
  cfa: { register: 'rsp', offset: 8n },
  rules: { rip: { kind: 'offset', offset: -8n } },
};
const stack = wordMemory({ 28672: 0x401234n, 28680: 0x1111n, 28688: 0x2222n, 28696: 0x3333n, 28704: 0x4444n });

describe('the CFA', () => {
  test('is a register plus an offset', () => {
    const caller = apply(x86_64, entry, { registers: { rsp: 0x7000n }, memory: stack });
    expect(caller.cfa).toBe(0x7008n);
    expect(caller.get('rip')).toBe(0x401234n);
  });

  test('is exact across 2^32 and in the upper half', () => {
    const upper = 0xffff_8000_ffff_fffcn;
    const memory = wordMemory({ [`${upper}`]: 0xffff_ffff_8100_0000n });
    const caller = apply(x86_64, entry, { registers: { rsp: upper }, memory });
    expect(caller.cfa).toBe(0xffff_8001_0000_0004n);
    expect(caller.get('rsp')).toBe(0xffff_8001_0000_0004n);
    expect(caller.get('rip')).toBe(0xffff_ffff_8100_0000n);
  });

  test('may lie below its register', () => {
    const row: HandMadeRow = { ...entry, cfa: { register: 'rbp', offset: -0x10n } };
    expect(apply(x86_64, row, { registers: { rbp: 0x7018n }, memory: stack }).cfa).toBe(0x7008n);
  });

  test('may be an expression, which starts with an empty stack', () => {
    const row: HandMadeRow = { ...entry, cfa: { code: [breg7, 8] } };
    expect(apply(x86_64, row, { registers: { rsp: 0x7000n }, memory: stack }).cfa).toBe(0x7008n);
    expect(failure(x86_64, { ...entry, cfa: { code: [] } }).message).toContain('stack underflow');
  });

  test('of an unknown register is unreadable', () => {
    const error = failure(x86_64, { ...entry, cfa: { register: 'rbp', offset: 16n } }, { unknown: ['rbp'] });
    expect(error.kind).toBe('unreadable');
    expect(error.message).toContain('rbp');
  });

  test('must be there', () => {
    const error = failure(x86_64, { rules: entry.rules! });
    expect(error).toMatchObject({ kind: 'invalid', section: 'hand-made', offset: -1 });
    expect(error.message).toContain('expected a rule for the CFA in the row at 0x123456789');
  });
});

describe('a register', () => {
  const given: Given = { registers: { rsp: 0x7000n }, memory: stack };
  const withRule = (name: string, rule: NonNullable<HandMadeRow['rules']>[string]): HandMadeRow => ({
    ...entry,
    rules: { ...entry.rules, [name]: rule },
  });

  test('without a rule keeps its value', () => {
    const caller = apply(x86_64, entry, given);
    for (const name of ['rbx', 'rbp', 'r12', 'r15', 'rax', 'rdi']) {
      expect(caller.get(name)).toBe(distinct(column(x86_64, name)));
    }
  });

  test('without a rule stays unknown', () => {
    expect(apply(x86_64, entry, { ...given, unknown: ['rbx'] }).get('rbx')).toBeUndefined();
  });

  test('that is undefined is not known', () => {
    expect(apply(x86_64, withRule('rbx', { kind: 'undefined' }), given).get('rbx')).toBeUndefined();
  });

  test('with same_value keeps its value', () => {
    expect(apply(x86_64, withRule('rbx', { kind: 'sameValue' }), given).get('rbx')).toBe(distinct(3));
  });

  test('is saved at CFA + N', () => {
    expect(apply(x86_64, withRule('rbx', { kind: 'offset', offset: 0x10n }), given).get('rbx')).toBe(0x3333n);
  });

  test('that was unknown is known once it was saved', () => {
    const caller = apply(x86_64, withRule('rbx', { kind: 'offset', offset: 0x10n }), { ...given, unknown: ['rbx'] });
    expect(caller.get('rbx')).toBe(0x3333n);
  });

  test('is CFA + N', () => {
    const caller = apply(x86_64, withRule('rbx', { kind: 'valOffset', offset: -0x1_0000_0000n }), given);
    expect(caller.get('rbx')).toBe(0xffff_ffff_0000_7008n);
  });

  test('is in another register', () => {
    expect(apply(x86_64, withRule('rbx', { kind: 'register', register: 'r9' }), given).get('rbx')).toBe(distinct(9));
    const unknown = apply(x86_64, withRule('rbx', { kind: 'register', register: 'r9' }), { ...given, unknown: ['r9'] });
    expect(unknown.get('rbx')).toBeUndefined();
  });

  test('is where an expression says, which starts with the CFA', () => {
    const saved = withRule('rbx', { kind: 'expression', code: [0x23, 0x18] });
    expect(apply(x86_64, saved, given).get('rbx')).toBe(0x4444n);
  });

  test('is what an expression says, which starts with the CFA of this row', () => {
    expect(apply(x86_64, withRule('rbx', { kind: 'valExpression', code: [] }), given).get('rbx')).toBe(0x7008n);
  });

  test('whose place, by expression, cannot be read is an error, not a loss', () => {
    const error = failure(x86_64, withRule('rbx', { kind: 'expression', code: [0x23, 0x38] }), given);
    expect(error.kind).toBe('unreadable');
    expect(error.message).toContain('rbx in 8 readable bytes at 0x7040');
  });

  test('with a rule of no known kind is an error', () => {
    const row = new Row(x86_64.columnCount);
    fillRow(x86_64, withRule('rbx', { kind: 'sameValue' }), row);
    row.ruleKind[0] = 9;
    const values = new Uint32Array(4 * x86_64.columnCount);
    values.set(registerFile(x86_64, given.registers!));
    const known = new Uint8Array(2 * x86_64.columnCount).fill(1);
    const frame = new CurrentFrame(values, known, stack);
    const apply = () => new RowApplier(x86_64).apply(row, frame, x86_64.columnCount);
    expect(apply).toThrow('expected a known kind of rule, found 9');
    expect(apply).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });

  test('saved in memory that cannot be read is an error, not a loss', () => {
    const error = failure(x86_64, withRule('rbx', { kind: 'offset', offset: 0x1000n }), given);
    expect(error.kind).toBe('unreadable');
    expect(error.message).toContain('rbx');
    expect(error.message).toContain('0x8008');
  });
});

describe('all rules read the registers of the frame, not each other’s results', () => {
  const given: Given = { registers: { rsp: 0x7000n, rbp: 0x7010n, rbx: 0xbbn, r12: 0xccn }, memory: stack };

  test('two registers are exchanged', () => {
    const rules: HandMadeRow['rules'] = {
      ...entry.rules,
      rbx: { kind: 'register', register: 'r12' },
      r12: { kind: 'register', register: 'rbx' },
    };
    const caller = apply(x86_64, { ...entry, rules }, given);
    expect([caller.get('rbx'), caller.get('r12')]).toEqual([0xccn, 0xbbn]);
  });

  test('an expression uses rbp although rbp is restored before', () => {
    const rules: HandMadeRow['rules'] = {
      ...entry.rules,
      rbp: { kind: 'offset', offset: 0n },
      r12: { kind: 'expression', code: [breg6, 8] },
      r13: { kind: 'valExpression', code: [breg6, 0, deref] },
    };
    const caller = apply(x86_64, { ...entry, rules }, given);
    expect([caller.get('rbp'), caller.get('r12'), caller.get('r13')]).toEqual([0x1111n, 0x3333n, 0x2222n]);
  });

  test('an expression uses the current stack pointer although it has a rule', () => {
    const rules: HandMadeRow['rules'] = {
      ...entry.rules,
      rsp: { kind: 'valOffset', offset: 0x1000n },
      r12: { kind: 'valExpression', code: [breg7, 0] },
    };
    expect(apply(x86_64, { ...entry, rules }, given).get('r12')).toBe(0x7000n);
  });
});

describe('the stack pointer', () => {
  const given: Given = { registers: { rsp: 0x7000n, r10: 0x5_0000_0000n }, memory: stack };

  test('is the CFA where it has no rule', () => {
    expect(apply(x86_64, entry, given).get('rsp')).toBe(0x7008n);
  });

  test.each([
    ['offset', { kind: 'offset', offset: 0x8n }, 0x2222n],
    ['val_offset', { kind: 'valOffset', offset: 0x40n }, 0x7048n],
    ['register', { kind: 'register', register: 'r10' }, 0x5_0000_0000n],
    ['same_value', { kind: 'sameValue' }, 0x7000n],
    ['val_expression', { kind: 'valExpression', code: [breg7, 0x10] }, 0x7010n],
  ] as const)('has the value of its rule: %s', (_, rule, expected) => {
    expect(apply(x86_64, { ...entry, rules: { ...entry.rules, rsp: rule } }, given).get('rsp')).toBe(expected);
  });

  test('must be known', () => {
    const undefinedSp: HandMadeRow = { ...entry, rules: { ...entry.rules, rsp: { kind: 'undefined' } } };
    expect(failure(x86_64, undefinedSp, given)).toMatchObject({ kind: 'unreadable' });
    const inUnknown: HandMadeRow = { ...entry, rules: { ...entry.rules, rsp: { kind: 'register', register: 'r10' } } };
    expect(failure(x86_64, inUnknown, { ...given, unknown: ['r10'] })).toMatchObject({ kind: 'unreadable' });
  });
});

describe('the return address', () => {
  test('that is undefined means that nobody called', () => {
    expect(apply(x86_64, { rules: { rip: { kind: 'undefined' } } }).hasCaller).toBe(false);
    expect(
      apply(aarch64, { cfa: { register: 'sp', offset: 0n }, rules: { x30: { kind: 'undefined' } } }).hasCaller,
    ).toBe(false);
  });

  test('must have a rule where a call pushes it', () => {
    const error = failure(x86_64, { cfa: { register: 'rsp', offset: 8n } });
    expect(error.kind).toBe('invalid');
    expect(error.message).toContain('expected a rule for the return address in the row at 0x123456789');
  });

  test('may stay in a register, as in vfork: rdi, with rbp alive', () => {
    const row: HandMadeRow = { cfa: { register: 'rsp', offset: 0n }, returnColumn: 'rdi' };
    const caller = apply(x86_64, row, { registers: { rsp: 0x7000n, rdi: 0x401999n, rbp: 0x77n } });
    expect([caller.get('rip'), caller.get('rsp'), caller.get('rbp')]).toEqual([0x401999n, 0x7000n, 0x77n]);
  });

  test('is x30 where nothing else is said', () => {
    const row: HandMadeRow = { cfa: { register: 'sp', offset: 0n } };
    const caller = apply(aarch64, row, { registers: { sp: 0x7000n, x30: 0x401999n } });
    expect([caller.get('pc'), caller.get('x30'), caller.get('sp')]).toEqual([0x401999n, 0x401999n, 0x7000n]);
  });

  test('must be known', () => {
    const row: HandMadeRow = { cfa: { register: 'sp', offset: 0n } };
    expect(failure(aarch64, row, { unknown: ['x30'] })).toMatchObject({ kind: 'unreadable' });
  });

  test('may be separate from x30, as behind a signal frame', () => {
    const row: HandMadeRow = {
      cfa: { register: 'sp', offset: 0x10n },
      returnColumn: 'pc',
      signalFrame: true,
      rules: { pc: { kind: 'offset', offset: -0x10n }, x30: { kind: 'offset', offset: -8n } },
    };
    const caller = apply(aarch64, row, { registers: { sp: 0x7000n }, memory: stack });
    expect([caller.get('pc'), caller.get('x30')]).toEqual([0x401234n, 0x1111n]);
  });
});

test('what an earlier row left behind the rules of this one does not count', () => {
  const row = new Row(x86_64.columnCount);
  fillRow(x86_64, { ...entry, rules: { rbx: { kind: 'sameValue' }, rip: { kind: 'undefined' } } }, row);
  fillRow(x86_64, { cfa: entry.cfa!, rules: { rbp: { kind: 'sameValue' } } }, row);
  row.returnColumn = column(x86_64, 'rip');
  const values = new Uint32Array(4 * x86_64.columnCount);
  const frame = new CurrentFrame(values, new Uint8Array(2 * x86_64.columnCount).fill(1), stack);
  expect(() => new RowApplier(x86_64).apply(row, frame, x86_64.columnCount)).toThrow('a rule for the return address');
});

describe('a signed return address', () => {
  const mask = [0, 0x007f_0000] as const;
  const frameRow: HandMadeRow = {
    cfa: { register: 'sp', offset: 0x10n },
    rules: { x29: { kind: 'offset', offset: -0x10n }, x30: { kind: 'offset', offset: -8n } },
  };
  const clean = 0x0000_aaaa_0040_1234n;
  const signed = clean | 0x0055_0000_0000_0000n;
  const given = (saved: bigint): Given => ({
    registers: { sp: 0x7000n },
    memory: wordMemory({ 28672: 0x7fn, 28680: saved }),
    pacMask: mask,
  });

  test.each([1, 3])('loses its code where the state is %i', (signState) => {
    const caller = apply(aarch64, { ...frameRow, signState }, given(signed));
    expect(caller.get('pc')).toBe(clean);
    expect(caller.get('x30')).toBe(clean);
  });

  test('is left alone where the state is 0', () => {
    expect(apply(aarch64, frameRow, given(signed)).get('pc')).toBe(signed);
  });

  test('in the upper half gets its code filled with ones', () => {
    const upper = 0xffff_8000_0040_1234n;
    const caller = apply(aarch64, { ...frameRow, signState: 1 }, given(upper & ~0x002a_0000_0000_0000n));
    expect(caller.get('pc')).toBe(upper);
  });

  test.each([
    [1, clean],
    [2, signed],
    [3, clean],
  ])('is told by bit 0 of a val_expression for RA_SIGN_STATE: %i', (state, expected) => {
    const rules: HandMadeRow['rules'] = {
      ...frameRow.rules,
      ra_sign_state: { kind: 'valExpression', code: [0x30 + state] },
    };
    const caller = apply(aarch64, { ...frameRow, rules }, given(signed));
    expect(caller.get('pc')).toBe(expected);
    expect(caller.get('ra_sign_state')).toBe(0n);
  });

  test('is not told by an RA_SIGN_STATE that is not known, whatever is left of it', () => {
    const registers = { sp: 0x7000n, ra_sign_state: 1n };
    expect(apply(aarch64, frameRow, { ...given(signed), registers }).get('pc')).toBe(clean);
    const caller = apply(aarch64, frameRow, { ...given(signed), registers, unknown: ['ra_sign_state'] });
    expect([caller.get('pc'), caller.get('ra_sign_state')]).toEqual([signed, 0n]);
  });

  test('in x30 itself loses its code, too', () => {
    const row: HandMadeRow = { cfa: { register: 'sp', offset: 0n }, signState: 1 };
    expect(apply(aarch64, row, { registers: { x30: signed, sp: 0x7000n }, pacMask: mask }).get('pc')).toBe(clean);
  });

  test('does not touch x30 where the PC is separate', () => {
    const rules: HandMadeRow['rules'] = { ...frameRow.rules, pc: { kind: 'offset', offset: -8n } };
    const caller = apply(aarch64, { ...frameRow, rules, returnColumn: 'pc', signState: 1 }, given(signed));
    expect([caller.get('pc'), caller.get('x30')]).toEqual([clean, signed]);
  });
});
