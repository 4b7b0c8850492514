import * as a64 from '../../encoder/aarch64/index.ts';
import type { Machine } from './machine.ts';

const { sp, x30 } = a64.registers;

/** The general register with a DWARF number; throws a RangeError where there is none. */
export function aarch64Register(dwarf: number): a64.XRegister {
  const register = a64.xRegisters[dwarf];
  if (register === undefined) throw new RangeError(`no general register has the DWARF number ${dwarf}`);
  return register;
}

const reg = aarch64Register;
/** What loads and stores can transfer: a general register or, from 64 on, a vector register's low half. */
export const aarch64Transferred = (dwarf: number) => a64.dRegisters[dwarf - 64] ?? reg(dwarf);
const orSp = (dwarf: number) => (dwarf === a64.dwarfNumber(sp) ? sp : reg(dwarf));
const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

export const aarch64Machine: Machine = {
  architecture: 'aarch64',
  sp: a64.dwarfNumber(sp),
  returnAddress: a64.dwarfNumber(x30),
  calleeSaved: numbers(19, 29),
  scratch: numbers(9, 15),
  entryDepth: 0,
  popSize: 16,
  move: (to, from) => a64.mov(orSp(to), orSp(from)),
  constant: (to, value) => a64.movConstant(reg(to), value),
  add: (to, from, bytes) =>
    bytes < 0 ? a64.subImmediate(orSp(to), orSp(from), -bytes) : a64.addImmediate(orSp(to), orSp(from), bytes),
  load: (to, base, offset) => a64.ldr(aarch64Transferred(to), a64.offset(orSp(base), offset)),
  store: (base, offset, from) => a64.str(aarch64Transferred(from), a64.offset(orSp(base), offset)),
  push: (from) => a64.str(aarch64Transferred(from), a64.preIndex(sp, -16)),
  pop: (to) => a64.ldr(aarch64Transferred(to), a64.postIndex(sp, 16)),
  storeElement: (base, index, from) => a64.str(reg(from), a64.indexed(orSp(base), reg(index), true)),
  loadElement: (to, base, index) => a64.ldr(reg(to), a64.indexed(orSp(base), reg(index), true)),
  plus: (to, from) => a64.addRegister(reg(to), reg(to), reg(from)),
  minus: (to, from) => a64.subRegister(reg(to), reg(to), reg(from)),
  mask: (to, from, bits) => [a64.andImmediate(reg(to), reg(from), bits)],
  lower: (register) => a64.subRegister(sp, sp, reg(register)),
  loadSp: (offset, scratch) => [a64.ldr(reg(scratch), a64.offset(sp, offset)), a64.mov(sp, reg(scratch))],
  countDown: (register, label) => [a64.subImmediate(reg(register), reg(register), 1), a64.cbnz(reg(register), label)],
  alignStack: (scratch, alignment) => [a64.mov(reg(scratch), sp), a64.andImmediate(sp, reg(scratch), -alignment)],
  address: (to, label) => a64.adr(reg(to), label),
  jump: (label) => a64.b(label),
  jumpRegister: (register) => a64.br(reg(register)),
  call: (label) => a64.bl(label),
  callRegister: (register) => a64.blr(reg(register)),
  ret: () => a64.ret(),
  // Scratch registers are random from the start on; what work makes of them is as good.
  scramble(random, to) {
    const [a, b] = random.shuffle(numbers(9, 15));
    const register = aarch64Transferred(to);
    return register.kind === 'd' ? a64.fmov(register, reg(a!)) : a64.eorRegister(register, reg(a!), reg(b!));
  },
  work(random, registers) {
    const [a, b, c] = [reg(random.pick(registers)), reg(random.pick(registers)), reg(random.pick(registers))];
    switch (random.below(4)) {
      case 0:
        return a64.mov(a, b);
      case 1:
        return a64.addRegister(a, b, c);
      case 2:
        return a64.mul(a, b, c);
      default:
        return a64.eorRegister(a, b, c);
    }
  },
};
