import type { Instruction } from '../../assembly/item.ts';
import { type Condition, conditionCode } from './condition.ts';
import type { XOrZero } from './registers.ts';
import { encodeWord } from './word.ts';

/** `csel rd, rn, rm, condition`: `rn` where the condition holds, else `rm`. */
export function csel(rd: XOrZero, rn: XOrZero, rm: XOrZero, condition: Condition): Instruction {
  const operands = (rm.code << 16) | (rn.code << 5) | rd.code;
  return encodeWord((0x9a800000 | (conditionCode(condition) << 12) | operands) >>> 0);
}

/** `cset rd, condition`: 1 where the condition holds, else 0. */
export function cset(rd: XOrZero, condition: Condition): Instruction {
  // An alias of csinc with the inverse condition.
  return encodeWord((0x9a9f07e0 | ((conditionCode(condition) ^ 1) << 12) | rd.code) >>> 0);
}
