import type { Instruction } from '../../assembly/item.ts';
import type { MemoryOperand } from './memory-operand.ts';
import { encode, encodeInOpcode, immediate32, plain, signed32 } from './operation.ts';
import { gpr, type Register } from './registers.ts';

/** `mov r64, r64` */
export function mov(to: Register, from: Register): Instruction {
  return encode({ wide: true, opcode: [0x89], reg: from, rm: to });
}

/** `mov r32, r32`, which clears the upper half. */
export function mov32(to: Register, from: Register): Instruction {
  return encode({ opcode: [0x89], reg: from, rm: to });
}

/** `mov r64, imm32`, extended by its sign. */
export function movImmediate(to: Register, value: number): Instruction {
  return encode({ wide: true, opcode: [0xc7], reg: 0, rm: to, immediate: signed32(value) });
}

/** `mov r32, imm32`, which clears the upper half. */
export function mov32Immediate(to: Register, value: number): Instruction {
  return plain([...encodeInOpcode(0xb8, to), ...immediate32(value)]);
}

/** `movabs r64, imm64`; the low 64 bits of `value`. */
export function movabs(to: Register, value: bigint): Instruction {
  const bytes = Uint8Array.from([...encodeInOpcode(0xb8, to, true), 0, 0, 0, 0, 0, 0, 0, 0]);
  new DataView(bytes.buffer).setBigUint64(2, BigInt.asUintN(64, value), true);
  return { bytes };
}

/** `movabs r64, label`: the label's absolute address. */
export function movabsLabel(to: Register, label: string): Instruction {
  return {
    ...movabs(to, 0n),
    reference: {
      label,
      patch(bytes, _address, target) {
        for (let i = 0; i < 8; i++) bytes[2 + i] = Number((target >> BigInt(8 * i)) & 0xffn);
      },
    },
  };
}

/** `mov r64, [memory]` */
export function load(to: Register, from: MemoryOperand): Instruction {
  return encode({ wide: true, opcode: [0x8b], reg: to, rm: from });
}

/** `mov r32, [memory]`, which clears the upper half. */
export function load32(to: Register, from: MemoryOperand): Instruction {
  return encode({ opcode: [0x8b], reg: to, rm: from });
}

/** `mov [memory], r64` */
export function store(to: MemoryOperand, from: Register): Instruction {
  return encode({ wide: true, opcode: [0x89], reg: from, rm: to });
}

/** `mov [memory], r32` */
export function store32(to: MemoryOperand, from: Register): Instruction {
  return encode({ opcode: [0x89], reg: from, rm: to });
}

/** `mov qword ptr [memory], imm32`, extended by its sign. */
export function storeImmediate(to: MemoryOperand, value: number): Instruction {
  return encode({ wide: true, opcode: [0xc7], reg: 0, rm: to, immediate: signed32(value) });
}

/** `lea r64, [memory]`; with `place(label)`, the label's address relative to RIP. */
export function lea(to: Register, memory: MemoryOperand): Instruction {
  return encode({ wide: true, opcode: [0x8d], reg: to, rm: memory });
}

/** `xchg r64, r64`; the short form where one of them is RAX. */
export function xchg(a: Register, b: Register): Instruction {
  if (a === gpr.rax) return plain(encodeInOpcode(0x90, b, true));
  if (b === gpr.rax) return plain(encodeInOpcode(0x90, a, true));
  return encode({ wide: true, opcode: [0x87], reg: b, rm: a });
}

/** `xchg [memory], r64` */
export function xchgMemory(memory: MemoryOperand, register: Register): Instruction {
  return encode({ wide: true, opcode: [0x87], reg: register, rm: memory });
}
