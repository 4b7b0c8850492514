import type { Instruction } from '../../assembly/item.ts';
import type { XOrSp } from './registers.ts';
import { encodeWord, signedField } from './word.ts';

/** `addvl rd, rn, #count`: adds `count` (-32 to 31) times the length of a scalable vector in bytes (FEAT_SVE). */
export function addvl(rd: XOrSp, rn: XOrSp, count: number): Instruction {
  return encodeWord((0x04205000 | (rn.code << 16) | (signedField(count, 6, 1, 'addvl') << 5) | rd.code) >>> 0);
}

/** `str zt, [base, #index, mul vl]`; `zt` is a register's number, `index` counts vectors, -256 to 255. */
export function strVector(zt: number, base: XOrSp, index: number): Instruction {
  return transfer(0xe5804000, zt, base, index, 'str');
}

/** `ldr zt, [base, #index, mul vl]` */
export function ldrVector(zt: number, base: XOrSp, index: number): Instruction {
  return transfer(0x85804000, zt, base, index, 'ldr');
}

function transfer(word: number, zt: number, base: XOrSp, index: number, mnemonic: string): Instruction {
  if (!Number.isInteger(zt) || zt < 0 || zt > 31) throw new RangeError(`${mnemonic}: there is no z${zt}`);
  const field = signedField(index, 9, 1, mnemonic);
  return encodeWord((word | ((field >> 3) << 16) | ((field & 7) << 10) | (base.code << 5) | zt) >>> 0);
}
