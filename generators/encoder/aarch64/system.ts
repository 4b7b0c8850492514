import type { Instruction } from '../../assembly/item.ts';
import type { XOrZero } from './registers.ts';
import { encodeWord, unsignedField } from './word.ts';

export function nop(): Instruction {
  return encodeWord(0xd503201f);
}

const btiWords = { c: 0xd503245f, j: 0xd503249f, jc: 0xd50324df } as const;

/** `bti c` (calls), `bti j` (jumps) or `bti jc`. */
export function bti(targets: keyof typeof btiWords): Instruction {
  return encodeWord(btiWords[targets]);
}

function exception(word: number, mnemonic: string, value: number): Instruction {
  return encodeWord((word | (unsignedField(value, 16, mnemonic) << 5)) >>> 0);
}

/** `svc #value`; Linux system calls use 0 and the number in x8. */
export function svc(value = 0): Instruction {
  return exception(0xd4000001, 'svc', value);
}

/** `brk #value` */
export function brk(value = 0): Instruction {
  return exception(0xd4200000, 'brk', value);
}

/** `hlt #value` */
export function hlt(value = 0): Instruction {
  return exception(0xd4400000, 'hlt', value);
}

/** `udf #value`: permanently undefined. */
export function udf(value = 0): Instruction {
  return encodeWord(unsignedField(value, 16, 'udf'));
}

/** op0:op1:CRn:CRm:op2 without op0's constant high bit, at bits 19–5. */
const systemRegisters = {
  nzcv: 0b1_011_0100_0010_000,
  fpcr: 0b1_011_0100_0100_000,
  fpsr: 0b1_011_0100_0100_001,
  tpidr_el0: 0b1_011_1101_0000_010,
} as const;

/** System registers user code may read and write. */
export type SystemRegister = keyof typeof systemRegisters;

/** `mrs rt, register` */
export function mrs(rt: XOrZero, register: SystemRegister): Instruction {
  return encodeWord((0xd5300000 | (systemRegisters[register] << 5) | rt.code) >>> 0);
}

/** `msr register, rt` */
export function msr(register: SystemRegister, rt: XOrZero): Instruction {
  return encodeWord((0xd5100000 | (systemRegisters[register] << 5) | rt.code) >>> 0);
}
