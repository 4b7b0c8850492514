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
  const blr = (word & 0xfffffc1f) >>> 0 === 0xd63f0000;
  // blraa, blrab, blraaz, blrabz
  const blrAuthenticated = (word & 0xfefff800) >>> 0 === 0xd63f0800;
  if (bl || blr || blrAuthenticated) return InstructionKind.call;
  return (word & 0xffe0001f) >>> 0 === 0xd4000001 ? InstructionKind.systemCall : InstructionKind.other;
}
