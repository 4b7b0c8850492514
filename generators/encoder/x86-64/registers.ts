/** The general-purpose registers by the number instructions encode them with. */
export const gpr = {
  rax: 0,
  rcx: 1,
  rdx: 2,
  rbx: 3,
  rsp: 4,
  rbp: 5,
  rsi: 6,
  rdi: 7,
  r8: 8,
  r9: 9,
  r10: 10,
  r11: 11,
  r12: 12,
  r13: 13,
  r14: 14,
  r15: 15,
} as const;

/** A general-purpose register's encoding number. */
export type Register = (typeof gpr)[keyof typeof gpr];

/** Name of a register, as an assembler writes its 64-bit form. */
export const registerNames = Object.keys(gpr) as readonly (keyof typeof gpr)[];

/** A vector register, xmm0–xmm15, by its number. */
export type Xmm = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15;

/** Registers a callee preserves (System V psABI AMD64, figure 3.4), without RSP. */
export const calleeSaved = [gpr.rbx, gpr.rbp, gpr.r12, gpr.r13, gpr.r14, gpr.r15] as const;

/** Registers a callee may change. */
export const callerSaved = [gpr.rax, gpr.rcx, gpr.rdx, gpr.rsi, gpr.rdi, gpr.r8, gpr.r9, gpr.r10, gpr.r11] as const;

/** Registers of the first six integer arguments, in order. */
export const argumentRegisters = [gpr.rdi, gpr.rsi, gpr.rdx, gpr.rcx, gpr.r8, gpr.r9] as const;

/** DWARF number of the return address column (System V psABI AMD64, figure 3.36). */
export const dwarfReturnAddress = 16;

const dwarfNumbers: readonly number[] = [0, 2, 1, 3, 7, 6, 4, 5];

/** The DWARF number of a register (System V psABI AMD64, figure 3.36): unlike the encoding's, rdx is 1 and rcx 2. */
export function dwarfNumber(register: Register): number {
  return dwarfNumbers[register] ?? register;
}
