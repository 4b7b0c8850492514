import { InstructionKind } from './kind.ts';

/** Classifies the AArch64 instruction at `offset` (Arm ARM, C4.1 "A64 instruction set encoding"). */
export function instructionKind(code: Uint8Array, offset: number): InstructionKind {
  const word =
    ((code[offset] ?? 0) |
      ((code[offset + 1] ?? 0) << 8) |
      ((code[offset + 2] ?? 0) << 16) |
      ((code[offset + 3] ?? 0) << 24)) >>>
    0;
  const bl = (word & 0xfc000000) >>> 0 === 0x94000000;
  if (bl) return InstructionKind.call;
  // Unconditional branch (register): bits 24–21 say which; bit 11 that the target is authenticated.
  if ((word & 0xfe1ff000) >>> 0 === 0xd61f0000) {
    const kind = (word >>> 21) & 0b111;
    if (kind === 0b001) return InstructionKind.call;
    if (kind === 0b000 || kind === 0b010) return InstructionKind.indirect;
  }
  // `mrs` of CNTPCT_EL0 and CNTVCT_EL0.
  if ((word & 0xffffffe0) >>> 0 === 0xd53be020 || (word & 0xffffffe0) >>> 0 === 0xd53be040) {
    return InstructionKind.timestamp;
  }
  // add sp, sp, Xm
  if ((word & 0xffe0ffff) >>> 0 === 0x8b2063ff) return InstructionKind.movesStack;
  return (word & 0xffe0001f) >>> 0 === 0xd4000001 ? InstructionKind.systemCall : InstructionKind.other;
}
