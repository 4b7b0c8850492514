import type { Instruction } from '../../assembly/item.ts';
import { encode } from './operation.ts';
import { gpr, type Register } from './registers.ts';

/** Condition codes by the number opcodes encode them with (Intel SDM volume 1, appendix B). */
export const condition = {
  o: 0,
  no: 1,
  b: 2,
  ae: 3,
  e: 4,
  ne: 5,
  be: 6,
  a: 7,
  s: 8,
  ns: 9,
  p: 10,
  np: 11,
  l: 12,
  ge: 13,
  le: 14,
  g: 15,
} as const;
export type Condition = keyof typeof condition;

/** `setCC r8`: the register's lowest byte. */
export function setcc(code: Condition, register: Register): Instruction {
  // Without REX, numbers 4–7 would mean AH, CH, DH and BH.
  const forceRex = register >= gpr.rsp && register <= gpr.rdi;
  return encode({ forceRex, opcode: [0x0f, 0x90 | condition[code]], reg: 0, rm: register });
}

/** `cmovCC r64, r64` */
export function cmov(code: Condition, to: Register, from: Register): Instruction {
  return encode({ wide: true, opcode: [0x0f, 0x40 | condition[code]], reg: to, rm: from });
}
