import { type DwarfOperation, dwarf } from '../../cfi/index.ts';
import type { Calculation, CalculationClass } from './calculations.ts';

const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);

/** Folds `values` into one, so that each one's place counts; they lie on the stack, the last on top. */
function folded(operations: readonly DwarfOperation[], values: readonly bigint[]): Calculation {
  const stack = [...values];
  const folding: DwarfOperation[] = [];
  while (stack.length > 1) {
    const top = stack.pop()!;
    const below = stack.pop()!;
    folding.push(dwarf.lit(3), dwarf.mul(), dwarf.minus());
    stack.push(unsigned(below - 3n * top));
  }
  return { operations: [...operations, ...folding], value: stack[0]! };
}

/** Everything that moves entries of the stack about. */
export const stackMoves: CalculationClass = (random) => {
  const values = Array.from({ length: 4 }, () => random.u64());
  const operations: DwarfOperation[] = values.map((value) => dwarf.const8u(value));
  const top = () => values.length - 1;
  const moves: readonly (() => DwarfOperation)[] = [
    () => {
      values.push(values[top()]!);
      return dwarf.dup();
    },
    () => {
      values.push(values[top() - 1]!);
      return dwarf.over();
    },
    () => {
      const position = random.below(values.length);
      values.push(values[top() - position]!);
      return dwarf.pick(position);
    },
    () => {
      [values[top()], values[top() - 1]] = [values[top() - 1]!, values[top()]!];
      return dwarf.swap();
    },
    () => {
      const [third, second, first] = values.splice(-3) as [bigint, bigint, bigint];
      values.push(first, third, second);
      return dwarf.rot();
    },
    () => {
      values.pop();
      return dwarf.drop();
    },
  ];
  for (const move of random.shuffle([...moves, ...moves])) {
    if (values.length < 4) {
      const value = random.u64();
      values.push(value);
      operations.push(dwarf.const8u(value));
    }
    operations.push(move());
  }
  return folded(operations, values);
};

/** More entries than any compiler puts on the stack, but fewer than unwinders must have room for. */
export const deepStack: CalculationClass = (random) => {
  const values = Array.from({ length: random.between(24, 56) }, () => BigInt(random.u32()));
  return folded(
    values.map((value) => dwarf.const4u(value)),
    values,
  );
};

/** Branches taken and not taken, also where the upper half alone decides, forward and backward. */
export const branches: CalculationClass = (random) => {
  const mark = (name: string) => `${name}${random.u32()}`;
  const [loop, over, behind] = [mark('loop'), mark('over'), mark('behind')];
  const start = random.u64();
  const step = BigInt(random.between(1, 0x7fff));
  const rounds = random.between(2, 9);
  const condition = random.pick([0n, 1n, 1n << 32n, 1n << 63n, 0xffff_ffff_0000_0000n]);
  const either = random.u64();
  const or = random.u64();
  const value = start + step * BigInt(rounds) + (condition === 0n ? either : or);
  return {
    operations: [
      dwarf.const8u(start),
      dwarf.lit(rounds),
      dwarf.mark(loop),
      dwarf.swap(),
      dwarf.plusUconst(step),
      dwarf.swap(),
      dwarf.lit(1),
      dwarf.minus(),
      dwarf.dup(),
      dwarf.bra(loop),
      dwarf.drop(),
      dwarf.const8u(condition),
      dwarf.bra(over),
      dwarf.const8u(either),
      dwarf.skip(behind),
      dwarf.mark(over),
      dwarf.const8u(or),
      dwarf.nop(),
      dwarf.mark(behind),
      dwarf.plus(),
    ],
    value: unsigned(value),
  };
};

/** A word of memory, or 1, 2, 4 or 8 bytes of it, which are not extended by their sign. */
export const memory: CalculationClass = (random, { memoryAddress, memoryValue }) => {
  const size = random.pick([1, 2, 4, 8, 8]);
  const offset = random.below(9 - size);
  const part = BigInt.asUintN(8 * size, memoryValue >> BigInt(8 * offset));
  const load = size === 8 && random.chance(0.5) ? dwarf.deref() : dwarf.derefSize(size);
  return { operations: [...memoryAddress, dwarf.plusUconst(offset), load], value: part };
};

/** A register plus an offset of one to ten bytes. */
export const registers: CalculationClass = (random, { register, registerValue }) => {
  const any = BigInt.asIntN(random.pick([6, 7, 8, 13, 14, 20, 32, 33, 63, 64]), random.u64());
  const base = random.chance(0.5) ? dwarf.breg(register, any) : dwarf.bregx(register, any);
  return { operations: [base], value: unsigned(registerValue + any) };
};
