import type { Instruction } from '../../assembly/item.ts';
import type { MemoryOperand } from './memory-operand.ts';
import { encode, fitsSigned8, plain, signed32 } from './operation.ts';
import { gpr, type Register } from './registers.ts';

/** Two-operand operations by ModRM.reg of their immediate form; eight times that is their base opcode. */
const Group1 = { add: 0, or: 1, and: 4, sub: 5, xor: 6, cmp: 7 } as const;
type Group1 = (typeof Group1)[keyof typeof Group1];

const withRegister = (operation: Group1) => (to: Register, from: Register) =>
  encode({ wide: true, opcode: [(operation << 3) | 1], reg: from, rm: to });

const withImmediate = (operation: Group1) => (to: Register, value: number) => immediateForm(operation, to, value);

const withMemory = (operation: Group1) => (to: Register, from: MemoryOperand) =>
  encode({ wide: true, opcode: [(operation << 3) | 3], reg: to, rm: from });

function immediateForm(operation: Group1, to: Register, value: number): Instruction {
  if (fitsSigned8(value)) {
    return encode({ wide: true, opcode: [0x83], reg: operation, rm: to, immediate: [value & 0xff] });
  }
  if (to === gpr.rax) return plain([0x48, (operation << 3) | 5, ...signed32(value)]);
  return encode({ wide: true, opcode: [0x81], reg: operation, rm: to, immediate: signed32(value) });
}

/** `add r64, r64` */
export const add = withRegister(Group1.add);
/** `or r64, r64` */
export const or = withRegister(Group1.or);
/** `and r64, r64` */
export const and = withRegister(Group1.and);
/** `sub r64, r64` */
export const sub = withRegister(Group1.sub);
/** `xor r64, r64` */
export const xor = withRegister(Group1.xor);
/** `cmp r64, r64` */
export const cmp = withRegister(Group1.cmp);

/** `add r64, imm`, 8 bits if it fits, else 32; as the other immediate forms, extended by its sign. */
export const addImmediate = withImmediate(Group1.add);
/** `or r64, imm` */
export const orImmediate = withImmediate(Group1.or);
/** `and r64, imm` */
export const andImmediate = withImmediate(Group1.and);
/** `sub r64, imm` */
export const subImmediate = withImmediate(Group1.sub);
/** `xor r64, imm` */
export const xorImmediate = withImmediate(Group1.xor);
/** `cmp r64, imm` */
export const cmpImmediate = withImmediate(Group1.cmp);

/** `add r64, [memory]` */
export const addMemory = withMemory(Group1.add);
/** `sub r64, [memory]` */
export const subMemory = withMemory(Group1.sub);
/** `cmp r64, [memory]` */
export const cmpMemory = withMemory(Group1.cmp);

/** `or qword ptr [memory], imm8`, extended by its sign: a probe of a page where it is 0. */
export function orMemoryImmediate8(memory: MemoryOperand, value: number): Instruction {
  if (!fitsSigned8(value)) throw new RangeError(`${value} does not fit 8 bits`);
  return encode({ wide: true, opcode: [0x83], reg: Group1.or, rm: memory, immediate: [value & 0xff] });
}

/** `sub rsp, imm32` even where 8 bits would do, as compilers write where the size is not known yet. */
export function subImmediate32(to: Register, value: number): Instruction {
  return encode({ wide: true, opcode: [0x81], reg: Group1.sub, rm: to, immediate: signed32(value) });
}

/** `xor r32, r32`; with the same register twice the usual way to clear it. */
export function xor32(to: Register, from: Register): Instruction {
  return encode({ opcode: [0x31], reg: from, rm: to });
}

/** `test r64, r64` */
export function test(a: Register, b: Register): Instruction {
  return encode({ wide: true, opcode: [0x85], reg: b, rm: a });
}

/** `test r64, imm32`, extended by its sign. */
export function testImmediate(register: Register, value: number): Instruction {
  if (register === gpr.rax) return plain([0x48, 0xa9, ...signed32(value)]);
  return encode({ wide: true, opcode: [0xf7], reg: 0, rm: register, immediate: signed32(value) });
}

/** `imul r64, r64` */
export function imul(to: Register, from: Register): Instruction {
  return encode({ wide: true, opcode: [0x0f, 0xaf], reg: to, rm: from });
}

/** `imul r64, r64, imm`, 8 bits if it fits, else 32. */
export function imulImmediate(to: Register, from: Register, value: number): Instruction {
  const short = fitsSigned8(value);
  const immediate = short ? [value & 0xff] : signed32(value);
  return encode({ wide: true, opcode: [short ? 0x6b : 0x69], reg: to, rm: from, immediate });
}

/** `inc r64` */
export function inc(register: Register): Instruction {
  return encode({ wide: true, opcode: [0xff], reg: 0, rm: register });
}

/** `dec r64` */
export function dec(register: Register): Instruction {
  return encode({ wide: true, opcode: [0xff], reg: 1, rm: register });
}
