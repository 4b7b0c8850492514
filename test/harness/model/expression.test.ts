import { describe, expect, it } from 'vitest';
import { dwarf, expression } from '../../../generators/cfi/index.ts';
import { ExpressionError, type ExpressionWorld, evaluate } from '../../../harness/model/rows/expression.ts';
import { bitsOf, constant, Symbols, withBits } from '../../../harness/model/value.ts';

const symbols = new Symbols();
const own = symbols.fresh();
const world: ExpressionWorld = {
  register: (dwarfNumber) => (dwarfNumber === 7 ? withBits(own, 0x1000n) : undefined),
  memory: (address) => (bitsOf(address) === 0x1010n ? constant(0xabcdn) : undefined),
  sum: (values, factors) => symbols.sum(values, factors),
  combine: (values) => symbols.combine(values),
};

describe('evaluate', () => {
  it.each([
    ['numbers', [dwarf.lit(7), dwarf.const1s(-2), dwarf.plus()], 5n],
    ['wrapping arithmetic', [dwarf.lit(1), dwarf.lit(2), dwarf.minus()], 0xffff_ffff_ffff_ffffn],
    ['unsigned shifts and signed ones', [dwarf.const1s(-16), dwarf.lit(2), dwarf.shra()], 0xffff_ffff_ffff_fffcn],
    ['rot', [dwarf.lit(1), dwarf.lit(2), dwarf.lit(3), dwarf.rot(), dwarf.drop(), dwarf.shl()], 3n << 1n],
    ['a branch', [dwarf.lit(9), dwarf.lit(1), dwarf.bra('end'), dwarf.lit(8), dwarf.mark('end')], 9n],
    ['memory', [dwarf.breg(7, 16), dwarf.deref()], 0xabcdn],
  ])('computes with %s', (_name, operations, expected) => {
    expect(bitsOf(evaluate(expression(...operations), world))).toBe(expected);
  });

  it('keeps track of the base of an address', () => {
    const moved = evaluate(expression(dwarf.breg(7, 8), dwarf.consts(-16), dwarf.plus()), world);
    expect(moved).toEqual(withBits(own, 0xff8n));
    const distance = evaluate(expression(dwarf.breg(7, 8), dwarf.breg(7, 0), dwarf.minus()), world);
    expect(distance).toEqual(constant(8n));
  });

  it.each([
    ['an empty stack', [dwarf.plus()]],
    ['an unknown register', [dwarf.breg(3, 0)]],
    ['memory that cannot be read', [dwarf.breg(7, 0), dwarf.deref()]],
    ['division by zero', [dwarf.lit(1), dwarf.lit(0), dwarf.div()]],
    ['a loop', [dwarf.mark('loop'), dwarf.skip('loop')]],
  ])('has no result for %s', (_name, operations) => {
    expect(() => evaluate(expression(...operations), world)).toThrow(ExpressionError);
  });
});
