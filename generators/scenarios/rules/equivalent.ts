import { type DwarfOperation, dwarf } from '../../cfi/index.ts';
import type { Random } from '../../random.ts';

type Operations = readonly DwarfOperation[];

/** Operations that push register + offset, in one of many ways. */
export function registerPlus(random: Random, register: number, offset: number): Operations {
  const part = random.between(-64, 64);
  const forms: readonly (() => Operations)[] = [
    () => [dwarf.breg(register, offset)],
    () => [dwarf.bregx(register, offset)],
    () => [dwarf.breg(register, part), ...plus(random, offset - part)],
    () => [constant(random, offset), dwarf.breg(register, 0), dwarf.plus()],
    () => [dwarf.breg(register, 0), constant(random, -offset), dwarf.minus()],
  ];
  return disguised(random, random.pick(forms)());
}

/** Operations that add a number to the top of the stack. */
export function plus(random: Random, value: number): Operations {
  if (value >= 0 && random.chance(0.5)) return [dwarf.plusUconst(value)];
  return random.chance(0.5) ? [constant(random, value), dwarf.plus()] : [constant(random, -value), dwarf.minus()];
}

/** Now and then adds operations that leave the top of the stack as it is. */
export function disguised(random: Random, operations: Operations): Operations {
  const key = random.u64();
  const mark = `mark${random.u32()}`;
  const identities: readonly (() => Operations)[] = [
    () => [dwarf.dup(), dwarf.drop()],
    () => [dwarf.not(), dwarf.not()],
    () => [dwarf.neg(), dwarf.neg()],
    () => [dwarf.const8u(key), dwarf.xor(), dwarf.const8u(key), dwarf.xor()],
    () => [dwarf.const8u(key), dwarf.over(), dwarf.swap(), dwarf.drop(), dwarf.swap(), dwarf.drop()],
    () => [dwarf.dup(), dwarf.dup(), dwarf.and(), dwarf.or()],
    () => [
      dwarf.lit(7),
      dwarf.lit(8),
      dwarf.rot(),
      dwarf.rot(),
      dwarf.swap(),
      dwarf.drop(),
      dwarf.swap(),
      dwarf.drop(),
    ],
    () => [dwarf.lit(1), dwarf.mul(), dwarf.lit(0), dwarf.shl(), dwarf.lit(0), dwarf.shr(), dwarf.lit(0), dwarf.shra()],
    () => [
      dwarf.dup(),
      dwarf.lit(16),
      dwarf.mod(),
      dwarf.over(),
      dwarf.lit(15),
      dwarf.and(),
      dwarf.minus(),
      dwarf.plus(),
    ],
    () => [dwarf.lit(1), dwarf.bra(mark), dwarf.const4u(0xdead), dwarf.mark(mark)],
    () => [dwarf.skip(mark), dwarf.lit(31), dwarf.mark(mark), dwarf.nop()],
    () => [dwarf.dup(), dwarf.pick(1), dwarf.eq(), dwarf.lit(1), dwarf.ne(), dwarf.plus()],
  ];
  let result = operations;
  while (random.chance(0.4)) result = [...result, ...random.pick(identities)()];
  return result;
}

/** An operation that pushes a number. */
function constant(random: Random, value: number): DwarfOperation {
  const forms: DwarfOperation[] = [dwarf.consts(value), dwarf.const8s(value), dwarf.const4s(value)];
  if (value >= -0x8000 && value < 0x8000) forms.push(dwarf.const2s(value));
  if (value >= -0x80 && value < 0x80) forms.push(dwarf.const1s(value));
  if (value >= 0) forms.push(dwarf.constu(value), dwarf.const4u(value));
  if (value >= 0 && value < 0x10000) forms.push(dwarf.const2u(value));
  if (value >= 0 && value < 0x100) forms.push(dwarf.const1u(value));
  if (value >= 0 && value < 32) forms.push(dwarf.lit(value));
  return random.pick(forms);
}
