import { describe, expect, it } from 'vitest';
import { aarch64, x86_64 } from '../../../engine/architecture/index.ts';
import { formatExpression } from '../../../engine/row/format-expression.ts';
import { formatRow } from '../../../engine/row/format-row.ts';
import { CfaKind, Row, RuleKind } from '../../../engine/row/row.ts';

/** A row of x86-64 with CFA=rsp+16 and these rules: column, kind, low half, high half. */
function rowOf(...rules: readonly (readonly [number, number, number, number])[]): Row {
  const row = new Row(x86_64.columnCount);
  row.cfaKind = CfaKind.registerOffset;
  row.cfaColumn = 7;
  row.cfaLo = 16;
  rules.forEach(([column, kind, lo, hi], i) => {
    row.ruleColumn[i] = column;
    row.ruleKind[i] = kind;
    row.ruleLo[i] = lo;
    row.ruleHi[i] = hi;
  });
  row.ruleCount = rules.length;
  return row;
}

const expression = (...bytes: number[]): string =>
  formatExpression(Uint8Array.from([0xee, ...bytes, 0xee]), 1, bytes.length, x86_64);

describe('formatRow', () => {
  it('writes the CFA and every kind of rule', () => {
    const row = rowOf(
      [0, RuleKind.undefined, 0, 0],
      [1, RuleKind.sameValue, 0, 0],
      [3, RuleKind.offset, -16, -1],
      [6, RuleKind.valOffset, 8, 0],
      [12, RuleKind.register, 9, 0],
      [13, RuleKind.expression, 0, 2],
      [14, RuleKind.valExpression, 2, 1],
      [16, RuleKind.offset, 0, 0],
    );
    row.bytes = Uint8Array.from([0x77, 40, 0x31]); // DW_OP_breg7 40; DW_OP_lit1
    expect(formatRow(row, x86_64)).toBe(
      'CFA=rsp+16 rax=u rdx=s rbx=[CFA-16] rbp=CFA+8 r12=r9 r13=[{rsp+40}] r14={lit1} rip=[CFA]',
    );
  });

  it('writes offsets with all their bits', () => {
    expect(formatRow(rowOf([3, RuleKind.offset, 1, 0x80000000]), x86_64)).toBe(
      'CFA=rsp+16 rbx=[CFA-9223372036854775807]',
    );
  });

  it('writes a CFA by expression, and none', () => {
    const row = rowOf();
    row.cfaKind = CfaKind.expression;
    row.cfaLo = 0;
    row.cfaHi = 3;
    row.bytes = Uint8Array.from([0x77, 8, 0x06]);
    expect(formatRow(row, x86_64)).toBe('CFA={rsp+8 deref}');
    row.cfaKind = CfaKind.undefined;
    expect(formatRow(row, x86_64)).toBe('CFA=u');
  });

  it('writes signing, key, signal frames and the argument size', () => {
    const row = new Row(aarch64.columnCount);
    row.cfaKind = CfaKind.registerOffset;
    row.cfaColumn = 31;
    row.signState = 1;
    expect(formatRow(row, aarch64)).toBe('CFA=sp signed');
    row.signState = 3;
    row.signedAtLo = 0x2004;
    row.signedAtHi = 1;
    row.bKey = true;
    row.signalFrame = true;
    row.argsSize = 24;
    expect(formatRow(row, aarch64)).toBe('CFA=sp signed-with-pc@0x100002004 b-key signal args=24');
  });
});

describe('formatExpression', () => {
  it.each([
    ['rsp+0', [0x77, 0x00]],
    ['rsp-8', [0x77, 0x78]],
    ['rsp-128 deref', [0x92, 0x07, 0x80, 0x7f, 0x06]],
    ['r17+4', [0x92, 0x11, 0x04]],
    ['rax+1 r31+1 rcx+1', [0x70, 0x01, 0x8f, 0x01, 0x92, 0x02, 0x01]],
    ['lit31 lit0 plus', [0x4f, 0x30, 0x22]],
    ['addr(72623859790382856) nop', [0x03, 8, 7, 6, 5, 4, 3, 2, 1, 0x96]],
    ['dup drop over swap rot abs neg not', [0x12, 0x13, 0x14, 0x16, 0x17, 0x19, 0x1f, 0x20]],
    ['const1u(255) const1s(-1)', [0x08, 0xff, 0x09, 0xff]],
    ['const2u(65535) const2s(-1)', [0x0a, 0xff, 0xff, 0x0b, 0xff, 0xff]],
    ['const4u(4294967295) const4s(-1)', [0x0c, 0xff, 0xff, 0xff, 0xff, 0x0d, 0xff, 0xff, 0xff, 0xff]],
    ['const8u(18446744073709551615)', [0x0e, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['const8s(-2)', [0x0f, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['constu(128) consts(-128)', [0x10, 0x80, 0x01, 0x11, 0x80, 0x7f]],
    ['plus_uconst(16) deref_size(4) pick(2)', [0x23, 0x10, 0x94, 0x04, 0x15, 0x02]],
    ['skip(-3) bra(258)', [0x2f, 0xfd, 0xff, 0x28, 0x02, 0x01]],
  ])('writes %s', (text, bytes) => {
    expect(expression(...bytes)).toBe(text);
  });

  it('writes bytes where an operator is not known or cut off', () => {
    expect(expression(0x77, 0x08, 0xe0)).toBe('77 08 e0');
    expect(expression(0x31, 0x0a, 0x01)).toBe('31 0a 01');
    expect(expression(0x92, 0x87, 0x80, 0x80, 0x80, 0x80, 0x01, 0x00)).toBe('92 87 80 80 80 80 01 00');
  });

  it.each([
    ['reg0', [0x50]],
    ['reg31', [0x6f]],
    ['regx', [0x90, 0x16]],
  ])('writes bytes for %s, which is a location', (_, bytes) => {
    expect(expression(0x31, ...bytes)).toBe(
      `31 ${Buffer.from(bytes)
        .toString('hex')
        .replace(/..(?=.)/g, '$& ')}`,
    );
  });

  it('writes nothing for an empty expression', () => {
    expect(expression()).toBe('');
  });
});
