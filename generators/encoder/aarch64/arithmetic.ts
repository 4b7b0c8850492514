import type { Instruction } from '../../assembly/item.ts';
import { encodeAddSubtractRegister, type Shift } from './add-subtract-register.ts';
import { registers, type StackPointer, type XOrSp, type XOrZero, type XRegister } from './registers.ts';
import { encodeLabelled, encodeWord } from './word.ts';

/** Bit 30 of "Add/subtract". */
const subtractBit = 0x40000000;
/** Bit 29: set NZCV. */
const flagsBit = 0x20000000;

/** Whether `value` is encodable in add/sub/cmp/cmn: 12 bits, or 12 bits shifted left by 12. */
export function isAddSubtractImmediate(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && (value < 0x1000 || (value < 0x1000000 && value % 0x1000 === 0));
}

function encodeImmediate(bits: number, mnemonic: string, rd: number, rn: number, value: number): Instruction {
  if (!isAddSubtractImmediate(value)) {
    throw new RangeError(`${mnemonic}: ${value} is not an unsigned 12-bit immediate, nor one shifted left by 12`);
  }
  const field = value < 0x1000 ? value << 10 : (1 << 22) | ((value / 0x1000) << 10);
  return encodeWord((0x91000000 | bits | field | (rn << 5) | rd) >>> 0);
}

/** `add rd, rn, #value`: 0…4095, or a multiple of 4096 below 16 MiB (RangeError otherwise, also for negative values). */
export function addImmediate(rd: XOrSp, rn: XOrSp, value: number): Instruction {
  return encodeImmediate(0, 'add', rd.code, rn.code, value);
}

/** `sub rd, rn, #value`; immediates as `addImmediate`. */
export function subImmediate(rd: XOrSp, rn: XOrSp, value: number): Instruction {
  return encodeImmediate(subtractBit, 'sub', rd.code, rn.code, value);
}

/** `cmp rn, #value`; immediates as `addImmediate`. */
export function cmpImmediate(rn: XOrSp, value: number): Instruction {
  return encodeImmediate(subtractBit | flagsBit, 'cmp', 31, rn.code, value);
}

/** `cmn rn, #value`; immediates as `addImmediate`. */
export function cmnImmediate(rn: XOrSp, value: number): Instruction {
  return encodeImmediate(flagsBit, 'cmn', 31, rn.code, value);
}

/**
 * `add rd, rn, rm {, shift}`. With `sp` as `rd` or `rn` the extended form is taken, which shifts left by at most 4
 * (RangeError otherwise) and cannot have `xzr` in the other of the two.
 */
export function addRegister(rd: XOrSp | XOrZero, rn: XOrSp | XOrZero, rm: XOrZero, shift?: Shift): Instruction {
  return encodeAddSubtractRegister(0, 'add', rd, rn, rm, shift);
}

/** `sub rd, rn, rm {, shift}`; forms as `addRegister`. */
export function subRegister(rd: XOrSp | XOrZero, rn: XOrSp | XOrZero, rm: XOrZero, shift?: Shift): Instruction {
  return encodeAddSubtractRegister(subtractBit, 'sub', rd, rn, rm, shift);
}

/** `cmp rn, rm {, shift}`; forms as `addRegister`. */
export function cmpRegister(rn: XOrSp | XOrZero, rm: XOrZero, shift?: Shift): Instruction {
  return encodeAddSubtractRegister(subtractBit | flagsBit, 'cmp', registers.xzr, rn, rm, shift);
}

/** `cmn rn, rm {, shift}`; forms as `addRegister`. */
export function cmnRegister(rn: XOrSp | XOrZero, rm: XOrZero, shift?: Shift): Instruction {
  return encodeAddSubtractRegister(flagsBit, 'cmn', registers.xzr, rn, rm, shift);
}

/** `mov rd, rm`: `orr` from a register, or `add #0` where either is `sp`. */
export function mov(rd: XRegister | StackPointer, rm: XOrSp | XOrZero): Instruction {
  if (rm.kind === 'xzr') {
    if (rd.kind === 'sp') {
      throw new RangeError('mov: xzr cannot be moved to sp');
    }
  } else if (rd.kind === 'sp' || rm.kind === 'sp') {
    return addImmediate(rd, rm, 0);
  }
  return encodeWord((0xaa0003e0 | (rm.code << 16) | rd.code) >>> 0);
}

/** `mul rd, rn, rm` */
export function mul(rd: XOrZero, rn: XOrZero, rm: XOrZero): Instruction {
  return madd(rd, rn, rm, registers.xzr);
}

/** `madd rd, rn, rm, ra`: `ra + rn * rm`. */
export function madd(rd: XOrZero, rn: XOrZero, rm: XOrZero, ra: XOrZero): Instruction {
  return encodeWord((0x9b000000 | (rm.code << 16) | (ra.code << 10) | (rn.code << 5) | rd.code) >>> 0);
}

/** `udiv rd, rn, rm`: zero where `rm` is zero. */
export function udiv(rd: XOrZero, rn: XOrZero, rm: XOrZero): Instruction {
  return encodeWord((0x9ac00800 | (rm.code << 16) | (rn.code << 5) | rd.code) >>> 0);
}

/** `add rd, rn, :lo12:label`: the label's offset in its 4 KiB page, to be added to an `adrp`. */
export function addLow12(rd: XOrSp, rn: XOrSp, label: string): Instruction {
  const word = (0x91000000 | (rn.code << 5) | rd.code) >>> 0;
  return encodeLabelled(word, label, (_address, target) => Number(target & 0xfffn) << 10);
}
