import type { Instruction } from '../../assembly/item.ts';
import { type Shift, shiftBits } from './add-subtract-register.ts';
import { encodeBitmaskImmediate } from './bitmask-immediate.ts';
import { registers, type XOrSp, type XOrZero } from './registers.ts';
import { encodeWord, unsignedField } from './word.ts';

/** Bits 30–29 of the logical instructions. */
const opc = { and: 0b00, orr: 0b01, eor: 0b10, ands: 0b11 } as const;

function immediate(operation: keyof typeof opc, rd: number, rn: number, value: number | bigint): Instruction {
  const field = encodeBitmaskImmediate(BigInt(value));
  if (field === undefined) {
    throw new RangeError(`${operation}: ${value} is not a bitmask immediate`);
  }
  return encodeWord(((1 << 31) | (opc[operation] << 29) | (0b100100 << 23) | (field << 10) | (rn << 5) | rd) >>> 0);
}

function register(operation: keyof typeof opc, rd: number, rn: number, rm: number, shift?: Shift): Instruction {
  const operands = (rm << 16) | (rn << 5) | rd;
  return encodeWord(((1 << 31) | (opc[operation] << 29) | (0b01010 << 24) | shiftBits(shift) | operands) >>> 0);
}

/** `and rd, rn, #value`, a bitmask immediate (RangeError otherwise); `-16` aligns down to 16: `and sp, x9, #-16`. */
export function andImmediate(rd: XOrSp, rn: XOrZero, value: number | bigint): Instruction {
  return immediate('and', rd.code, rn.code, value);
}

/** `orr rd, rn, #value`; immediates as `andImmediate`. */
export function orrImmediate(rd: XOrSp, rn: XOrZero, value: number | bigint): Instruction {
  return immediate('orr', rd.code, rn.code, value);
}

/** `eor rd, rn, #value`; immediates as `andImmediate`. */
export function eorImmediate(rd: XOrSp, rn: XOrZero, value: number | bigint): Instruction {
  return immediate('eor', rd.code, rn.code, value);
}

/** `tst rn, #value`; immediates as `andImmediate`. */
export function tstImmediate(rn: XOrZero, value: number | bigint): Instruction {
  return immediate('ands', registers.xzr.code, rn.code, value);
}

/** `and rd, rn, rm {, shift}` */
export function andRegister(rd: XOrZero, rn: XOrZero, rm: XOrZero, shift?: Shift): Instruction {
  return register('and', rd.code, rn.code, rm.code, shift);
}

/** `orr rd, rn, rm {, shift}` */
export function orrRegister(rd: XOrZero, rn: XOrZero, rm: XOrZero, shift?: Shift): Instruction {
  return register('orr', rd.code, rn.code, rm.code, shift);
}

/** `eor rd, rn, rm {, shift}` */
export function eorRegister(rd: XOrZero, rn: XOrZero, rm: XOrZero, shift?: Shift): Instruction {
  return register('eor', rd.code, rn.code, rm.code, shift);
}

/** `tst rn, rm {, shift}` */
export function tstRegister(rn: XOrZero, rm: XOrZero, shift?: Shift): Instruction {
  return register('ands', registers.xzr.code, rn.code, rm.code, shift);
}

/** `lsl rd, rn, #amount`, 0…63. */
export function lslImmediate(rd: XOrZero, rn: XOrZero, amount: number): Instruction {
  const shift = unsignedField(amount, 6, 'lsl');
  return encodeWord((0xd3400000 | ((-shift & 63) << 16) | ((63 - shift) << 10) | (rn.code << 5) | rd.code) >>> 0);
}

/** `lsr rd, rn, #amount`, 0…63. */
export function lsrImmediate(rd: XOrZero, rn: XOrZero, amount: number): Instruction {
  const shift = unsignedField(amount, 6, 'lsr');
  return encodeWord((0xd340fc00 | (shift << 16) | (rn.code << 5) | rd.code) >>> 0);
}
