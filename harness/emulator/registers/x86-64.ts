import type { UnicornRegisters } from './registers.ts';

/** rax rdx rcx rbx rsi rdi rbp rsp, r8–r15, rip: DWARF order. */
export const x86_64Registers: UnicornRegisters = {
  arch: 4,
  mode: 8,
  columns: [35, 40, 38, 37, 43, 39, 36, 44, 106, 107, 108, 109, 110, 111, 112, 113, 41],
  programCounter: 41,
  flags: 25,
  threadPointer: 250,
  vectors: Array.from({ length: 16 }, (_, i) => 122 + i),
};
