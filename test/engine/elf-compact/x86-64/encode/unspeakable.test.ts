import { describe, expect, it } from 'vitest';
import { x86_64 } from '../../../../../engine/architecture/index.ts';
import { extendedEncoder, g3Encoder } from '../../../../../engine/elf-compact/x86-64/encode/index.ts';
import { pltExpressionLength, pltExpressions } from '../../../../../engine/elf-compact/x86-64/plt-expression.ts';
import { formatRow } from '../../../../../engine/row/format-row.ts';
import { CfaKind, type Row, RuleKind } from '../../../../../engine/row/row.ts';
import { changed, decode, encode, functionOf, rowOf, tableOf } from './functions.ts';

const one = (row: string | Row) => functionOf([['nop 8']], row);
const reasons = (row: string | Row) => [g3Encoder, extendedEncoder].map((encoder) => encode(encoder, one(row)).reason);

describe('rows that no published descriptor can say', () => {
  it.each([
    ['CFA in another register', 'r10+16'],
    ['CFA is not rbp+16', 'rbp+24 rbp-16'],
    ['CFA below rsp+8', 'rsp+0'],
    ['CFA below rsp+8', 'rsp-8'],
    ['CFA is no multiple of 8 from rsp', 'rsp+12'],
    ['a register that is not callee-saved', 'rsp+16 r11-16'],
    ['register elsewhere', 'rsp+16 rbx-12'],
    ['register elsewhere', 'rsp+16 rbx+16'],
    ['order of saved registers', 'rsp+32 rbx-24'],
    ['order of saved registers', 'rsp+40 r12-16 r15-24 r14-32'],
    [
      'signal frame',
      changed(rowOf('rsp+8'), (row) => {
        row.signalFrame = true;
      }),
    ],
    [
      'return address column',
      changed(rowOf('rsp+8'), (row) => {
        row.returnColumn = 3;
      }),
    ],
    [
      'return address elsewhere',
      changed(rowOf('rsp+8'), (row) => {
        row.ruleLo[0] = -16;
      }),
    ],
    [
      'return address elsewhere',
      changed(rowOf('rsp+8'), (row) => {
        row.ruleCount = 0;
      }),
    ],
    [
      'no CFA',
      changed(rowOf('rsp+8'), (row) => {
        row.cfaKind = CfaKind.undefined;
      }),
    ],
    [
      'undefined register',
      changed(rowOf('rsp+16 rbx-16'), (row) => {
        row.ruleKind[0] = RuleKind.undefined;
      }),
    ],
    [
      'register by expression',
      changed(rowOf('rsp+16 rbx-16'), (row) => {
        row.ruleKind[0] = RuleKind.expression;
      }),
    ],
    [
      'register elsewhere',
      changed(rowOf('rsp+16 rbx-16'), (row) => {
        row.ruleKind[0] = RuleKind.valOffset;
      }),
    ],
  ])('%s', (reason, row) => {
    expect(reasons(row)).toEqual([reason, reason]);
  });

  it('leaves a function to DWARF that has an error, or no row at its start', () => {
    expect(encode(g3Encoder, tableOf([[0, undefined]], 4)).reason).toBe('no row');
    expect(encode(g3Encoder, tableOf([[2, rowOf('rsp+8')]], 4)).reason).toBe('no row');
  });

  it('appends nothing where it gives up in the middle', () => {
    const table = tableOf([[0, rowOf('rsp+8')], [3, rowOf('rsp+32 rbx-24')]], 6); // biome-ignore format: a row a line
    const { reason, list } = encode(g3Encoder, table);
    expect([reason, list.count]).toEqual(['order of saved registers', 0]);
  });

  it('takes an explicit "same value" for what it is without a rule', () => {
    const same = changed(rowOf('rsp+16 rbx-16'), (row) => {
      row.ruleKind[0] = RuleKind.sameValue;
    });
    expect(reasons(same)).toEqual([undefined, undefined]);
  });
});

describe('rows that only ours can say', () => {
  const said = (row: Row) => {
    const table = one(row);
    const published = encode(g3Encoder, table).reason;
    const { reason, list } = encode(extendedEncoder, table);
    return { published, reason, rows: reason === undefined ? decode(extendedEncoder, list, 8) : [] };
  };

  it('arguments that a landing pad pops, up to 120 bytes', () => {
    const withArgs = (text: string, size: number): Row =>
      changed(rowOf(text), (row) => {
        row.argsSize = size;
      });
    for (const text of ['rbp+16 rbp-16 rbx-24', 'rsp+48 rbx-16']) {
      const { published, rows } = said(withArgs(text, 32));
      expect([published, ...rows.map(({ argsSize }) => argsSize)]).toEqual(['args size', ...new Array(8).fill(32)]);
      expect(reasons(withArgs(text, 4))).toEqual(['args size', 'args size']);
      expect(reasons(withArgs(text, 128))).toEqual(['args size', 'args size']);
    }
  });

  it('the end of the stack', () => {
    const end = (text: string): Row =>
      changed(rowOf(text), (row) => {
        row.ruleKind[row.ruleCount - 1] = RuleKind.undefined;
      });
    const { published, rows } = said(end('rsp+8'));
    expect([published, rows.length]).toEqual(['undefined return address', 8]);
    for (const { cfaLo, ruleCount, ruleColumn, ruleKind } of rows) {
      expect([cfaLo, ruleCount, ruleColumn[0], ruleKind[0]]).toEqual([8, 1, 16, RuleKind.undefined]);
    }
    expect(said(end('rsp+16 rbx-16')).reason).toBe('undefined return address');
  });

  it('linkage tables', () => {
    const plt = (offset: number): Row =>
      changed(rowOf('rsp+8'), (row) => {
        row.cfaKind = CfaKind.expression;
        row.bytes = pltExpressions.slice(offset * pltExpressionLength, (offset + 1) * pltExpressionLength);
        row.cfaLo = 0;
        row.cfaHi = pltExpressionLength;
      });
    const { published, rows } = said(plt(11));
    expect([published, rows.length]).toEqual(['CFA is an expression', 8]);
    for (const { cfaKind, cfaLo, cfaHi, bytes } of rows) {
      expect([cfaKind, ...bytes.subarray(cfaLo, cfaLo + cfaHi)]).toEqual([CfaKind.expression, ...plt(11).bytes]);
    }
    for (let byte = 0; byte < pltExpressionLength; byte++) {
      const other = plt(11);
      other.bytes[byte]! ^= 0x40;
      expect(said(other).reason, `byte ${byte}`).toBe('CFA is an expression');
    }
  });

  it('the order of hand-written code', () => {
    const row = rowOf('rsp+32 rbx-16 rbp-24 r12-32');
    const { published, rows } = said(row);
    expect(published).toBe('order of saved registers');
    const texts = rows.map((each) => formatRow(each, x86_64));
    expect(texts).toEqual(new Array(8).fill(formatRow(row, x86_64)));
  });
});
