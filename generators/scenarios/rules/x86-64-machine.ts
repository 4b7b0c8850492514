import * as x86 from '../../encoder/x86-64/index.ts';
import type { Machine } from './machine.ts';

const byDwarfNumber = new Map(Object.values(x86.gpr).map((register) => [x86.dwarfNumber(register), register]));

/** The register with a DWARF number; throws a RangeError where there is none. */
export function x86_64Register(dwarf: number): x86.Register {
  const register = byDwarfNumber.get(dwarf);
  if (register === undefined) throw new RangeError(`no general register has the DWARF number ${dwarf}`);
  return register;
}

const reg = x86_64Register;
const { rsp } = x86.gpr;

export const x86_64Machine: Machine = {
  architecture: 'x86-64',
  sp: x86.dwarfNumber(rsp),
  returnAddress: x86.dwarfReturnAddress,
  calleeSaved: x86.calleeSaved.map((register) => x86.dwarfNumber(register)),
  scratch: x86.callerSaved.map((register) => x86.dwarfNumber(register)),
  entryDepth: 8,
  popSize: 8,
  move: (to, from) => x86.mov(reg(to), reg(from)),
  constant: (to, value) => [x86.movabs(reg(to), value)],
  add: (to, from, bytes) => x86.lea(reg(to), x86.at(reg(from), bytes)),
  load: (to, base, offset) => x86.load(reg(to), x86.at(reg(base), offset)),
  store: (base, offset, from) => x86.store(x86.at(reg(base), offset), reg(from)),
  push: (from) => x86.push(reg(from)),
  storeElement: (base, index, from) => x86.store(x86.indexed(reg(base), reg(index), 8), reg(from)),
  loadElement: (to, base, index) => x86.load(reg(to), x86.indexed(reg(base), reg(index), 8)),
  plus: (to, from) => x86.add(reg(to), reg(from)),
  minus: (to, from) => x86.sub(reg(to), reg(from)),
  pop: (to) => x86.pop(reg(to)),
  mask: (to, from, bits) => [x86.mov(reg(to), reg(from)), x86.andImmediate(reg(to), bits)],
  lower: (register) => x86.sub(rsp, reg(register)),
  loadSp: (offset) => [x86.load(rsp, x86.at(rsp, offset))],
  countDown: (register, label) => [x86.dec(reg(register)), x86.jcc('ne', label)],
  alignStack: (_scratch, alignment) => [x86.andImmediate(rsp, -alignment)],
  address: (to, label) => x86.lea(reg(to), x86.place(label)),
  jump: (label) => x86.jmp(label),
  jumpRegister: (register) => x86.jmpRegister(reg(register)),
  call: (label) => x86.call(label),
  callRegister: (register) => x86.callRegister(reg(register)),
  ret: () => x86.ret(),
  scramble: (random, to) => x86.movabs(reg(to), random.u64()),
  work(random, registers) {
    const a = reg(random.pick(registers));
    const b = reg(random.pick(registers));
    switch (random.below(5)) {
      case 0:
        return x86.mov(a, b);
      case 1:
        return x86.movabs(a, random.u64());
      case 2:
        return x86.add(a, b);
      case 3:
        return x86.xor(a, b);
      default:
        return x86.imul(a, b);
    }
  },
};
