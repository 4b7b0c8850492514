import { describe, expect, it } from 'vitest';
import { CfaKind, FrameBuffer, Memory, MemoryWindow, Row, RuleKind, x86_64 } from '../../../engine/index.ts';
import { contradictionOf } from '../../../harness/exec/contradiction.ts';
import { type DivergenceKind, emptyDivergence } from '../../../harness/judge/divergence.ts';
import type { Failure } from '../../../harness/runner/failure-groups.ts';
import type { Stop } from '../../../harness/stop.ts';
import { writeColumn } from '../../../harness/truth/address.ts';
import type { TrueFrame } from '../../../harness/truth/frame.ts';

const column = (name: string): number => x86_64.columnNames.indexOf(name);
const [rip, rsp, rbp, rbx] = ['rip', 'rsp', 'rbp', 'rbx'].map(column) as [number, number, number, number];
const stack = 0x7000n;

function registers(values: Record<string, bigint>): Uint32Array {
  const file = new Uint32Array(2 * x86_64.columnCount);
  for (const [name, value] of Object.entries(values)) writeColumn(file, column(name), value);
  return file;
}

/** A function that pushed rbp (0x55) on top of its return address, 0x1234, with rbx = 0xbb. */
function failing(kind: DivergenceKind, name = 'rip', expected = 0x1234n): Failure {
  const bytes = new Uint8Array(0x100);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0x10, 0x55n, true);
  view.setBigUint64(0x18, 0x1234n, true);
  const compared = new Uint8Array(x86_64.columnCount);
  for (const one of [rip, rsp, ...x86_64.calleeSaved]) compared[one] = 1;
  const caller: TrueFrame = {
    kind: 'caller',
    registers: registers({ rip: 0x1234n, rsp: stack + 0x20n, rbp: 0x55n, rbx: 0xbbn }),
    compared,
    signalFrame: 0n,
    behind: null,
  };
  const stop: Stop = {
    architecture: x86_64,
    index: 0,
    registers: registers({ rip: 0x400n, rsp: stack + 0x10n, rbp: 0x99n, rbx: 0xbbn }),
    memory: new Memory([new MemoryWindow(stack, bytes)]),
    callers: caller,
    depth: 1,
    ending: kind === 'ending' ? 'root' : 'no-info',
    pacMaskLo: 0,
    pacMaskHi: 0,
    transfer: false,
    deliveries: 0,
  };
  const divergence = emptyDivergence();
  Object.assign(divergence, { kind, frame: 1, column: column(name), expectedLo: Number(expected) });
  const frames = new FrameBuffer(x86_64, 4);
  return { unwinder: 'dwarf', verdict: 'fail', divergence, problem: undefined, stop, frames, run: 0 };
}

interface Rule {
  readonly column: number;
  readonly kind: number;
  readonly value?: number;
  readonly code?: readonly number[];
}

function row(cfaOffset: number, ...rules: Rule[]): Row {
  const made = new Row(x86_64.columnCount);
  made.cfaKind = CfaKind.registerOffset;
  made.cfaColumn = rsp;
  made.cfaLo = cfaOffset;
  made.returnColumn = rip;
  const code: number[] = [];
  rules.forEach((rule, i) => {
    made.ruleColumn[i] = rule.column;
    made.ruleKind[i] = rule.kind;
    made.ruleLo[i] = rule.code === undefined ? (rule.value ?? 0) >>> 0 : code.length;
    made.ruleHi[i] = rule.code === undefined ? ((rule.value ?? 0) < 0 ? 0xffffffff : 0) : rule.code.length;
    code.push(...(rule.code ?? []));
  });
  made.ruleCount = rules.length;
  made.bytes = Uint8Array.from(code);
  return made;
}

const saved = (of: number, offset: number): Rule => ({ column: of, kind: RuleKind.offset, value: offset });
const good = row(16, saved(rbp, -16), saved(rip, -8));
const stale = row(8, saved(rip, -8));

describe('whether a row contradicts the execution', () => {
  it('is decided by what it gives for the register that diverges', () => {
    expect(contradictionOf(failing('register'), undefined, good)).toBe('agrees');
    expect(contradictionOf(failing('register'), undefined, stale)).toBe('contradicts');
    expect(contradictionOf(failing('register', 'rsp', stack + 0x20n), undefined, good)).toBe('agrees');
    expect(contradictionOf(failing('register', 'rsp', stack + 0x20n), undefined, stale)).toBe('contradicts');
    expect(contradictionOf(failing('register', 'rbp', 0x55n), undefined, good)).toBe('agrees');
    expect(contradictionOf(failing('register', 'rbp', 0x55n), undefined, stale)).toBe('contradicts');
    expect(contradictionOf(failing('register', 'rbx', 0xbbn), undefined, stale)).toBe('agrees');
  });

  it('knows every kind of rule', () => {
    const verdict = (rule: Omit<Rule, 'column'>): string =>
      contradictionOf(failing('register', 'rbx', 0xbbn), undefined, row(16, { column: rbx, ...rule }));
    expect(verdict({ kind: RuleKind.sameValue })).toBe('agrees');
    expect(verdict({ kind: RuleKind.undefined })).toBe('contradicts');
    expect(verdict({ kind: RuleKind.register, value: rbx })).toBe('agrees');
    expect(verdict({ kind: RuleKind.register, value: rbp })).toBe('contradicts');
    expect(verdict({ kind: RuleKind.valOffset, value: -16 })).toBe('contradicts');
    expect(verdict({ kind: RuleKind.offset, value: 0x1000 })).toBe('contradicts');
    // DW_OP_breg3 (rbx) +0; DW_OP_breg7 (rsp) +0, plus_uconst 1, and an operator compilers do not use there.
    expect(verdict({ kind: RuleKind.valExpression, code: [0x73, 0x00] })).toBe('agrees');
    expect(verdict({ kind: RuleKind.valExpression, code: [0x77, 0x00, 0x23, 0x01] })).toBe('contradicts');
    expect(verdict({ kind: RuleKind.valExpression, code: [0x73, 0x00, 0x12] })).toBe('undecided');
  });

  it('reads memory for a saved register, also through an expression', () => {
    const through = (code: readonly number[]): string =>
      contradictionOf(
        failing('register', 'rbp', 0x55n),
        undefined,
        row(16, { column: rbp, kind: RuleKind.expression, code }),
      );
    expect(through([0x77, 0x00])).toBe('agrees');
    expect(through([0x77, 0x08])).toBe('contradicts');
    expect(through([0x76, 0x00])).toBe('contradicts');
  });

  it('takes every register into account where the walk stopped too early', () => {
    expect(contradictionOf(failing('early'), undefined, good)).toBe('agrees');
    expect(contradictionOf(failing('early'), undefined, row(16, saved(rip, -8)))).toBe('contradicts');
    const unclear: Rule = { column: rbp, kind: RuleKind.valExpression, code: [0x12] };
    expect(contradictionOf(failing('early'), undefined, row(16, unclear, saved(rip, -8)))).toBe('undecided');
  });

  it('is a contradiction where a caller exists and no row does, or the row ends the walk', () => {
    expect(contradictionOf(failing('early'), undefined, undefined)).toBe('contradicts');
    const ends = row(16, saved(rbp, -16), { column: rip, kind: RuleKind.undefined });
    expect(contradictionOf(failing('early'), undefined, ends)).toBe('contradicts');
    expect(contradictionOf(failing('far'), undefined, ends)).toBe('agrees');
    expect(contradictionOf(failing('far'), undefined, good)).toBe('contradicts');
    expect(contradictionOf(failing('ending'), undefined, ends)).toBe('agrees');
    expect(contradictionOf(failing('ending'), undefined, good)).toBe('contradicts');
  });

  it('uses only what is known of an outer frame', () => {
    const failure = failing('register', 'rbx', 0xbbn);
    const outer: TrueFrame = { ...failure.stop.callers!, behind: null };
    expect(contradictionOf(failure, outer, row(16))).toBe('agrees');
    const scratch = row(16, { column: rbx, kind: RuleKind.register, value: column('rax') });
    expect(contradictionOf(failure, outer, scratch)).toBe('undecided');
  });

  it('of a wrong flag is that of the row, which says whether its frame is a signal frame', () => {
    const said = row(16, { column: rip, kind: RuleKind.offset, value: -8 });
    const failure = failing('signal-frame', 'rip', 0n);
    expect(contradictionOf(failure, undefined, said)).toBe('agrees');
    said.signalFrame = true;
    expect(contradictionOf(failure, undefined, said)).toBe('contradicts');
    expect(contradictionOf(failing('signal-frame', 'rip', 1n), undefined, said)).toBe('agrees');
    expect(contradictionOf(failure, undefined, undefined)).toBe('undecided');
  });
});
