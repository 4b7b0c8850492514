/** x0–x30. */
export interface XRegister {
  readonly kind: 'x';
  readonly name: `x${number}`;
  readonly code: number;
}

/** Encoded 31 like `xzr`; which of the two an instruction means depends on the operand, hence two types. */
export interface StackPointer {
  readonly kind: 'sp';
  readonly name: 'sp';
  readonly code: 31;
}

export interface ZeroRegister {
  readonly kind: 'xzr';
  readonly name: 'xzr';
  readonly code: 31;
}

/** The low 64 bits of a vector register, d0–d31. */
export interface DRegister {
  readonly kind: 'd';
  readonly name: `d${number}`;
  readonly code: number;
}

/** All 128 bits of a vector register, q0–q31: variadic functions spill q0–q7. */
export interface QRegister {
  readonly kind: 'q';
  readonly name: `q${number}`;
  readonly code: number;
}

/** An operand whose code 31 is `sp`. */
export type XOrSp = XRegister | StackPointer;
/** An operand whose code 31 is `xzr`. */
export type XOrZero = XRegister | ZeroRegister;

function x(code: number): XRegister {
  return { kind: 'x', name: `x${code}`, code };
}

/** The general-purpose registers by name, with `sp` and `xzr`. */
export const registers = {
  x0: x(0),
  x1: x(1),
  x2: x(2),
  x3: x(3),
  x4: x(4),
  x5: x(5),
  x6: x(6),
  x7: x(7),
  x8: x(8),
  x9: x(9),
  x10: x(10),
  x11: x(11),
  x12: x(12),
  x13: x(13),
  x14: x(14),
  x15: x(15),
  x16: x(16),
  x17: x(17),
  x18: x(18),
  x19: x(19),
  x20: x(20),
  x21: x(21),
  x22: x(22),
  x23: x(23),
  x24: x(24),
  x25: x(25),
  x26: x(26),
  x27: x(27),
  x28: x(28),
  x29: x(29),
  x30: x(30),
  sp: { kind: 'sp', name: 'sp', code: 31 },
  xzr: { kind: 'xzr', name: 'xzr', code: 31 },
} as const satisfies Record<string, XRegister | StackPointer | ZeroRegister>;

/** x0–x30 by number. */
export const xRegisters: readonly XRegister[] = Array.from({ length: 31 }, (_, code) => x(code));

/** d0–d31 by number. */
export const dRegisters: readonly DRegister[] = Array.from({ length: 32 }, (_, code) => ({
  kind: 'd',
  name: `d${code}`,
  code,
}));

/** q0–q31 by number. */
export const qRegisters: readonly QRegister[] = Array.from({ length: 32 }, (_, code) => ({
  kind: 'q',
  name: `q${code}`,
  code,
}));

/**
 * The DWARF number of a register (aadwarf64, "DWARF register names"): x0–x30 are 0–30, sp is 31, and d and q registers
 * share 64–95.
 */
export function dwarfNumber(register: XOrSp | DRegister | QRegister): number {
  return register.kind === 'd' || register.kind === 'q' ? 64 + register.code : register.code;
}
