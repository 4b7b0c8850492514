import { InstructionKind } from './kind.ts';

/** Legacy prefixes: operand and address size, repeat, lock, segments (Intel SDM vol. 2, section 2.1.1). */
const prefixes = new Set([0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65]);

/** A legacy prefix or REX; a REX that a legacy prefix follows is without effect, but may be there. */
function isPrefix(byte: number): boolean {
  return (byte & 0xf0) === 0x40 || prefixes.has(byte);
}

/** `lea rsp, [rsp+8]`, `add rsp, 8`. */
const drops = [
  [0x48, 0x8d, 0x64, 0x24, 0x08],
  [0x48, 0x83, 0xc4, 0x08],
];

function losesReturn(code: Uint8Array, offset: number): boolean {
  if (drops.some((drop) => drop.every((byte, i) => code[offset + i] === byte))) return true;
  // mov [rsp], any of the 64-bit registers
  const [rex = 0, opcode = 0, modrm = 0, sib = 0] = code.subarray(offset, offset + 4);
  return (rex & 0xfb) === 0x48 && opcode === 0x89 && (modrm & 0xc7) === 0x04 && sib === 0x24;
}

/** Classifies the x86-64 instruction at `offset`. */
export function instructionKind(code: Uint8Array, offset: number): InstructionKind {
  if (losesReturn(code, offset)) return InstructionKind.losesReturn;
  let at = offset;
  while (isPrefix(code[at] ?? 0)) at++;
  const opcode = code[at] ?? 0;
  const next = code[at + 1] ?? 0;
  if (opcode === 0xe8) return InstructionKind.call;
  if (opcode === 0xff && ((next >> 3) & 7) === 2) return InstructionKind.call;
  if (opcode === 0xff && ((next >> 3) & 7) === 4) return InstructionKind.indirect;
  if (opcode === 0xc3 || opcode === 0xc2) return InstructionKind.indirect;
  if (opcode === 0x0f && next === 0x05) return InstructionKind.systemCall;
  if (opcode === 0x0f && (next === 0x31 || (next === 0x01 && code[at + 2] === 0xf9))) return InstructionKind.timestamp;
  return InstructionKind.other;
}
