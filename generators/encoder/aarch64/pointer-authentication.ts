import type { Instruction } from '../../assembly/item.ts';
import type { XOrSp, XRegister } from './registers.ts';
import { encodeWord } from './word.ts';

/** `paciasp`: signs x30 with key A and SP; a no-op without FEAT_PAuth, and a landing pad where BTI is on. */
export function paciasp(): Instruction {
  return encodeWord(0xd503233f);
}

/** `pacibsp`: signs x30 with key B and SP. */
export function pacibsp(): Instruction {
  return encodeWord(0xd503237f);
}

/** `autiasp`: authenticates x30 with key A and SP. */
export function autiasp(): Instruction {
  return encodeWord(0xd50323bf);
}

/** `autibsp`: authenticates x30 with key B and SP. */
export function autibsp(): Instruction {
  return encodeWord(0xd50323ff);
}

/** `xpaclri`: strips the code from x30; a no-op without FEAT_PAuth. */
export function xpaclri(): Instruction {
  return encodeWord(0xd50320ff);
}

/** `retaa`: authenticates x30 with key A and SP and returns to it. */
export function retaa(): Instruction {
  return encodeWord(0xd65f0bff);
}

/** `retab`: authenticates x30 with key B and SP and returns to it. */
export function retab(): Instruction {
  return encodeWord(0xd65f0fff);
}

function oneSource(word: number, rd: XRegister, rn: XOrSp): Instruction {
  return encodeWord((word | (rn.code << 5) | rd.code) >>> 0);
}

/** `pacia rd, rn`: signs `rd` with key A and `rn`; undefined without FEAT_PAuth. */
export function pacia(rd: XRegister, rn: XOrSp): Instruction {
  return oneSource(0xdac10000, rd, rn);
}

/** `pacib rd, rn` */
export function pacib(rd: XRegister, rn: XOrSp): Instruction {
  return oneSource(0xdac10400, rd, rn);
}

/** `autia rd, rn` */
export function autia(rd: XRegister, rn: XOrSp): Instruction {
  return oneSource(0xdac11000, rd, rn);
}

/** `autib rd, rn` */
export function autib(rd: XRegister, rn: XOrSp): Instruction {
  return oneSource(0xdac11400, rd, rn);
}

/** `xpaci rd`: strips the code from `rd`; undefined without FEAT_PAuth. */
export function xpaci(rd: XRegister): Instruction {
  return encodeWord((0xdac143e0 | rd.code) >>> 0);
}

/** `paciasppc`: signs x30 with key A, SP and its own address; undefined without FEAT_PAuth_LR. */
export function paciasppc(): Instruction {
  return encodeWord(0xdac1a3fe);
}

/** `pacibsppc`: signs x30 with key B, SP and its own address; undefined without FEAT_PAuth_LR. */
export function pacibsppc(): Instruction {
  return encodeWord(0xdac1a7fe);
}

/** `autiasppcr rn`: authenticates x30 with key A, SP and the signing instruction's address in `rn`. */
export function autiasppcr(rn: XRegister): Instruction {
  return encodeWord((0xdac1901e | (rn.code << 5)) >>> 0);
}

/** `autibsppcr rn`: authenticates x30 with key B, SP and the signing instruction's address in `rn`. */
export function autibsppcr(rn: XRegister): Instruction {
  return encodeWord((0xdac1941e | (rn.code << 5)) >>> 0);
}

/** `pacm`: makes the next instruction sign, or authenticate, with an address too; a no-op without FEAT_PAuth_LR. */
export function pacm(): Instruction {
  return encodeWord(0xd50324ff);
}
