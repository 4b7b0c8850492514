import type { Instruction } from '../../assembly/item.ts';
import type { DRegister, XOrZero } from './registers.ts';
import { encodeWord } from './word.ts';

/** `fmov`: copies 64 bits between d registers, or between a d and an x register, unconverted. */
export function fmov(rd: DRegister, rn: DRegister | XOrZero): Instruction;
export function fmov(rd: XOrZero, rn: DRegister): Instruction;
export function fmov(rd: DRegister | XOrZero, rn: DRegister | XOrZero): Instruction {
  const word = rd.kind !== 'd' ? 0x9e660000 : rn.kind === 'd' ? 0x1e604000 : 0x9e670000;
  return encodeWord((word | (rn.code << 5) | rd.code) >>> 0);
}

function twoSources(word: number, rd: DRegister, rn: DRegister, rm: DRegister): Instruction {
  return encodeWord((word | (rm.code << 16) | (rn.code << 5) | rd.code) >>> 0);
}

/** `fadd rd, rn, rm`, double precision. */
export function fadd(rd: DRegister, rn: DRegister, rm: DRegister): Instruction {
  return twoSources(0x1e602800, rd, rn, rm);
}

/** `fsub rd, rn, rm`, double precision. */
export function fsub(rd: DRegister, rn: DRegister, rm: DRegister): Instruction {
  return twoSources(0x1e603800, rd, rn, rm);
}

/** `fmul rd, rn, rm`, double precision. */
export function fmul(rd: DRegister, rn: DRegister, rm: DRegister): Instruction {
  return twoSources(0x1e600800, rd, rn, rm);
}
