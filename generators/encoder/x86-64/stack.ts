import type { Instruction } from '../../assembly/item.ts';
import type { MemoryOperand } from './memory-operand.ts';
import { encode, encodeInOpcode, fitsSigned8, plain, signed32 } from './operation.ts';
import type { Register } from './registers.ts';

/** `push r64` */
export function push(register: Register): Instruction {
  return plain(encodeInOpcode(0x50, register));
}

/** `pop r64` */
export function pop(register: Register): Instruction {
  return plain(encodeInOpcode(0x58, register));
}

/** `push imm`, 8 bits if it fits, else 32, extended by its sign. */
export function pushImmediate(value: number): Instruction {
  return plain(fitsSigned8(value) ? [0x6a, value & 0xff] : [0x68, ...signed32(value)]);
}

/** `push qword ptr [memory]` */
export function pushMemory(memory: MemoryOperand): Instruction {
  return encode({ opcode: [0xff], reg: 6, rm: memory });
}

/** `pop qword ptr [memory]` */
export function popMemory(memory: MemoryOperand): Instruction {
  return encode({ opcode: [0x8f], reg: 0, rm: memory });
}

/** `leave`: mov rsp, rbp; pop rbp */
export function leave(): Instruction {
  return plain([0xc9]);
}

/** `enter size, 0`: push rbp; mov rbp, rsp; sub rsp, size. Throws a RangeError unless `size` fits 16 bits. */
export function enter(size: number): Instruction {
  if (!Number.isInteger(size) || size < 0 || size > 0xffff) throw new RangeError(`${size} does not fit 16 bits`);
  return plain([0xc8, size & 0xff, size >> 8, 0]);
}

export function pushfq(): Instruction {
  return plain([0x9c]);
}

export function popfq(): Instruction {
  return plain([0x9d]);
}
