import type { Instruction } from '../../assembly/item.ts';
import type { MemoryOperand } from './memory-operand.ts';
import { encode } from './operation.ts';
import type { Xmm } from './registers.ts';

/** `movaps xmm, [memory]`; the memory must be aligned to 16 bytes. */
export function movapsLoad(to: Xmm, from: MemoryOperand): Instruction {
  return encode({ opcode: [0x0f, 0x28], reg: to, rm: from });
}

/** `movaps [memory], xmm`; the memory must be aligned to 16 bytes. */
export function movapsStore(to: MemoryOperand, from: Xmm): Instruction {
  return encode({ opcode: [0x0f, 0x29], reg: from, rm: to });
}

/** `movups xmm, [memory]` */
export function movupsLoad(to: Xmm, from: MemoryOperand): Instruction {
  return encode({ opcode: [0x0f, 0x10], reg: to, rm: from });
}

/** `movups [memory], xmm` */
export function movupsStore(to: MemoryOperand, from: Xmm): Instruction {
  return encode({ opcode: [0x0f, 0x11], reg: from, rm: to });
}

/** `movsd xmm, [memory]`: the low double. */
export function movsdLoad(to: Xmm, from: MemoryOperand): Instruction {
  return encode({ prefixes: [0xf2], opcode: [0x0f, 0x10], reg: to, rm: from });
}

/** `movsd [memory], xmm`: the low double. */
export function movsdStore(to: MemoryOperand, from: Xmm): Instruction {
  return encode({ prefixes: [0xf2], opcode: [0x0f, 0x11], reg: from, rm: to });
}
