import { type DwarfOperation, dwarf } from '../../cfi/index.ts';
import type { Random } from '../../random.ts';

/** Operations that leave one more value on the stack, and the value, modulo 2^64. */
export interface Calculation {
  readonly operations: readonly DwarfOperation[];
  readonly value: bigint;
}

/** What operations find in the frame: a register and a word of memory with known contents. */
export interface KnownContents {
  readonly register: number;
  readonly registerValue: bigint;
  readonly memoryValue: bigint;
  /** Pushes the word's address. */
  readonly memoryAddress: readonly DwarfOperation[];
}

/** Operations of one class, at random. */
export type CalculationClass = (random: Random, contents: KnownContents) => Calculation;

const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);

/** A number whose halves, signs and low bits matter. */
function operand(random: Random): bigint {
  const any = random.u64();
  return (
    random.pick([
      any,
      any | (1n << 63n),
      any & ~(1n << 63n),
      any & 0xffff_ffffn,
      unsigned(-(any & 0xffffn) - 1n),
      any << 32n,
      (any & 0xffn) | 0x8000_0000n,
    ]) &
    (2n ** 64n - 1n)
  );
}

const push = (value: bigint): DwarfOperation => dwarf.const8u(value);

/** Values in operands of every size, at the edges of their ranges. */
export const constants: CalculationClass = (random) => {
  const any = random.u64();
  const cut = (bits: number, isSigned: boolean): bigint => {
    const edged = random.pick([any, -1n, 1n << BigInt(bits - 1), (1n << BigInt(bits - 1)) - 1n]);
    return isSigned ? BigInt.asIntN(bits, edged) : BigInt.asUintN(bits, edged);
  };
  const forms: readonly [(value: bigint) => DwarfOperation, bigint][] = [
    [dwarf.const1u, cut(8, false)],
    [dwarf.const1s, cut(8, true)],
    [dwarf.const2u, cut(16, false)],
    [dwarf.const2s, cut(16, true)],
    [dwarf.const4u, cut(32, false)],
    [dwarf.const4s, cut(32, true)],
    [dwarf.const8u, cut(64, false)],
    [dwarf.const8s, cut(64, true)],
    [dwarf.constu, cut(random.pick([7, 8, 14, 32, 33, 63, 64]), false)],
    [dwarf.consts, cut(random.pick([6, 7, 8, 14, 32, 33, 63, 64]), true)],
    [dwarf.addr, cut(64, false)],
    [(value) => dwarf.lit(Number(value)), BigInt(random.below(32))],
  ];
  const [first, ...others] = random.shuffle(forms);
  const operations: DwarfOperation[] = [first![0](first![1])];
  let value = first![1];
  for (const [form, constant] of others.slice(0, 3)) {
    operations.push(form(constant), dwarf.plus());
    value += constant;
  }
  return { operations, value: unsigned(value) };
};

type Operator = readonly [DwarfOperation, (a: bigint, b: bigint) => bigint];

/** A few binary operators, one after the other, on operands that tell signs and halves apart. */
function operators(random: Random, choices: readonly Operator[], right: () => bigint): Calculation {
  let value = operand(random);
  const operations: DwarfOperation[] = [push(value)];
  for (const [operation, compute] of random.shuffle(choices).slice(0, 3)) {
    const b = right();
    operations.push(push(b), operation);
    value = unsigned(compute(value, b));
    // A difference must not get lost in a zero.
    if (value === 0n) {
      value = operand(random);
      operations.push(push(value), dwarf.plus());
    }
  }
  return { operations, value };
}

/** Sums, differences, products, negation and absolute values, modulo 2^64. */
export const arithmetic: CalculationClass = (random) => {
  const binary: readonly Operator[] = [
    [dwarf.plus(), (a, b) => a + b],
    [dwarf.minus(), (a, b) => a - b],
    [dwarf.mul(), (a, b) => a * b],
  ];
  const { operations, value } = operators(random, binary, () => operand(random) | 1n);
  const added = operand(random);
  const sum = unsigned(value + added);
  return random.chance(0.5)
    ? { operations: [...operations, dwarf.plusUconst(added), dwarf.neg()], value: unsigned(-sum) }
    : {
        operations: [...operations, dwarf.plusUconst(added), dwarf.abs()],
        value: signed(sum) < 0n ? unsigned(-sum) : sum,
      };
};

/** Division, which is signed, and the remainder, which is not. */
export const division: CalculationClass = (random) => {
  const dividend = operand(random) | (1n << BigInt(random.pick([40, 62, 63])));
  const divisor = random.pick([BigInt(random.between(2, 1000)), unsigned(-BigInt(random.between(2, 1000)))]);
  const [operation, value] = random.chance(0.5)
    ? [dwarf.div(), signed(dividend) / signed(divisor)]
    : [dwarf.mod(), dividend % divisor];
  return { operations: [push(dividend), push(divisor), operation], value: unsigned(value) };
};

/** Shifts by less than 64, beyond the half and up to it. */
export const shifts: CalculationClass = (random) =>
  operators(
    random,
    [
      [dwarf.shl(), (a, b) => a << b],
      [dwarf.shr(), (a, b) => a >> b],
      [dwarf.shra(), (a, b) => signed(a) >> b],
    ],
    () => BigInt(random.pick([1, 4, 12, 20, 31, 32, 33, random.below(48)])),
  );

/** And, or, exclusive or, and the complement, in both halves. */
export const bits: CalculationClass = (random) => {
  const { operations, value } = operators(
    random,
    [
      [dwarf.and(), (a, b) => a & b],
      [dwarf.or(), (a, b) => a | b],
      [dwarf.xor(), (a, b) => a ^ b],
    ],
    () => operand(random),
  );
  return { operations: [...operations, dwarf.not()], value: unsigned(~value) };
};

/** Signed comparisons of numbers whose signs or upper halves decide. */
export const comparisons: CalculationClass = (random) => {
  const choices: readonly Operator[] = [
    [dwarf.eq(), (a, b) => BigInt(a === b)],
    [dwarf.ne(), (a, b) => BigInt(a !== b)],
    [dwarf.lt(), (a, b) => BigInt(signed(a) < signed(b))],
    [dwarf.le(), (a, b) => BigInt(signed(a) <= signed(b))],
    [dwarf.gt(), (a, b) => BigInt(signed(a) > signed(b))],
    [dwarf.ge(), (a, b) => BigInt(signed(a) >= signed(b))],
  ];
  const operations: DwarfOperation[] = [dwarf.lit(0)];
  let value = 0n;
  for (const [operation, compute] of random.shuffle(choices).slice(0, 4)) {
    const a = operand(random);
    const b = random.pick([a, a ^ (1n << 63n), a ^ (1n << 40n), unsigned(a + 1n), operand(random)]);
    operations.push(dwarf.lit(1), dwarf.shl(), push(a), push(b), operation, dwarf.or());
    value = (value << 1n) | compute(a, b);
  }
  return { operations, value };
};
