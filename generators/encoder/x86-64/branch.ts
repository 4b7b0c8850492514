import type { Instruction } from '../../assembly/item.ts';
import { type Condition, condition } from './condition.ts';
import type { MemoryOperand } from './memory-operand.ts';
import { encode, plain, relative8, relative32 } from './operation.ts';
import type { Register } from './registers.ts';

/** Prefixes of branches: `bnd` (MPX) and `notrack` (CET). */
export type BranchPrefix = 'bnd' | 'notrack';

function prefixBytes(prefix: BranchPrefix | undefined): number[] {
  return prefix === undefined ? [] : [prefix === 'bnd' ? 0xf2 : 0x3e];
}

/** `jmp rel32`, optionally with `bnd`. */
export function jmp(label: string, prefix?: 'bnd'): Instruction {
  const head = [...prefixBytes(prefix), 0xe9];
  return relative32([...head, 0, 0, 0, 0], head.length, label);
}

/** `jmp rel8`; assembling throws a RangeError where the label is too far. */
export function jmpShort(label: string): Instruction {
  return relative8([0xeb, 0], label);
}

/** `jCC rel32` */
export function jcc(code: Condition, label: string): Instruction {
  return relative32([0x0f, 0x80 | condition[code], 0, 0, 0, 0], 2, label);
}

/** `jCC rel8`; assembling throws a RangeError where the label is too far. */
export function jccShort(code: Condition, label: string): Instruction {
  return relative8([0x70 | condition[code], 0], label);
}

/** `jmp r64` */
export function jmpRegister(register: Register, prefix?: BranchPrefix): Instruction {
  return encode({ prefixes: prefixBytes(prefix), opcode: [0xff], reg: 4, rm: register });
}

/** `jmp qword ptr [memory]` */
export function jmpMemory(memory: MemoryOperand, prefix?: BranchPrefix): Instruction {
  return encode({ prefixes: prefixBytes(prefix), opcode: [0xff], reg: 4, rm: memory });
}

/** `call rel32` */
export function call(label: string): Instruction {
  return relative32([0xe8, 0, 0, 0, 0], 1, label);
}

/** `call r64` */
export function callRegister(register: Register, prefix?: BranchPrefix): Instruction {
  return encode({ prefixes: prefixBytes(prefix), opcode: [0xff], reg: 2, rm: register });
}

/** `call qword ptr [memory]` */
export function callMemory(memory: MemoryOperand, prefix?: BranchPrefix): Instruction {
  return encode({ prefixes: prefixBytes(prefix), opcode: [0xff], reg: 2, rm: memory });
}

/** `ret`, optionally with `bnd`. */
export function ret(prefix?: 'bnd'): Instruction {
  return plain([...prefixBytes(prefix), 0xc3]);
}

/** `ret imm16`: takes `bytes` of arguments off the stack too. */
export function retPop(bytes: number): Instruction {
  if (!Number.isInteger(bytes) || bytes < 0 || bytes > 0xffff) throw new RangeError(`${bytes} does not fit 16 bits`);
  return plain([0xc2, bytes & 0xff, bytes >> 8]);
}
