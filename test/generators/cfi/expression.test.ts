import { describe, expect, test } from 'vitest';
import { cfi, type DwarfOperation, dwarf, expression } from '../../../generators/cfi/index.ts';
import { linkProgram } from '../../../generators/link/index.ts';
import { missingTools } from '../../tools/external.ts';
import { dumpedFrames, dumpedInstructions } from './readelf-frames.ts';

const plain = ['deref', 'dup', 'drop', 'over', 'swap', 'rot', 'xderef', 'abs', 'and', 'div', 'minus', 'mod'] as const;
const more = ['mul', 'neg', 'not', 'or', 'plus', 'shl', 'shr', 'shra', 'xor', 'eq', 'ge', 'gt', 'le', 'lt'] as const;

const operations: readonly (readonly [DwarfOperation, string])[] = [
  ...[...plain, ...more, 'ne' as const, 'nop' as const].map((name) => [dwarf[name](), `DW_OP_${name}`] as const),
  [dwarf.addr(0xffffffff81000000n), 'DW_OP_addr: ffffffff81000000'],
  [dwarf.derefSize(4), 'DW_OP_deref_size: 4'],
  [dwarf.const1u(0xff), 'DW_OP_const1u: 255'],
  [dwarf.const1s(-1), 'DW_OP_const1s: -1'],
  [dwarf.const2u(0xfffe), 'DW_OP_const2u: 65534'],
  [dwarf.const2s(-300), 'DW_OP_const2s: -300'],
  [dwarf.const4u(0xfffffffe), 'DW_OP_const4u: 4294967294'],
  [dwarf.const4s(-70000), 'DW_OP_const4s: -70000'],
  [dwarf.constu(300), 'DW_OP_constu: 300'],
  [dwarf.consts(-300), 'DW_OP_consts: -300'],
  [dwarf.pick(3), 'DW_OP_pick: 3'],
  [dwarf.plusUconst(40), 'DW_OP_plus_uconst: 40'],
  [dwarf.lit(0), 'DW_OP_lit0'],
  [dwarf.lit(31), 'DW_OP_lit31'],
  [dwarf.reg(3), 'DW_OP_reg3 (rbx)'],
  [dwarf.regx(16), 'DW_OP_regx: 16 (rip)'],
  [dwarf.breg(0, -64), 'DW_OP_breg0 (rax): -64'],
  [dwarf.breg(7, 160), 'DW_OP_breg7 (rsp): 160'],
  [dwarf.bregx(16, -8), 'DW_OP_bregx: 16 (rip) -8'],
];

describe('DWARF expressions', () => {
  test.skipIf(missingTools('readelf').length > 0)('readelf decodes each operation as meant (needs readelf)', () => {
    const items = operations.map(([operation]) => ({ cfi: cfi.valExpression(3, expression(operation)) }));
    const functions = [{ name: 'f', items: [...items, { bytes: Uint8Array.of(0xc3) }] }];
    const { image } = linkProgram(functions, { architecture: 'x86-64' });
    const decoded = dumpedInstructions(dumpedFrames('x86-64', image)).slice(0, operations.length);
    expect(decoded).toEqual(operations.map(([, text]) => `DW_CFA_val_expression: r3 (rbx) (${text})`));
  });

  test('constants of eight bytes', () => {
    expect(Array.from(expression(dwarf.const8u(0x0102030405060708n)))).toEqual([0x0e, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(Array.from(expression(dwarf.const8s(-2)))).toEqual([0x0f, 0xfe, ...new Array(7).fill(0xff)]);
  });

  test('branches count from their end, forwards and backwards', () => {
    const bytes = expression(dwarf.mark('top'), dwarf.lit(1), dwarf.bra('end'), dwarf.skip('top'), dwarf.mark('end'));
    expect(Array.from(bytes)).toEqual([0x31, 0x28, 3, 0, 0x2f, 0xf9, 0xff]);
  });

  test('refuse a branch to nowhere, one out of reach, and register 32 in the short form', () => {
    expect(() => expression(dwarf.skip('nowhere'))).toThrow('nowhere');
    const far = dwarf.raw(...new Array(0x8000).fill(0x96));
    expect(() => expression(dwarf.skip('end'), far, dwarf.mark('end'))).toThrow(RangeError);
    expect(() => dwarf.breg(32, 0)).toThrow(RangeError);
    expect(() => dwarf.lit(32)).toThrow(RangeError);
  });
});
