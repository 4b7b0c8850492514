import type { Instruction } from '../../assembly/item.ts';
import type { XOrZero } from './registers.ts';
import { encodeWord, unsignedField } from './word.ts';

/** Which 16 bits of the register a wide move sets, as a left shift. */
export type WideShift = 0 | 16 | 32 | 48;

function moveWide(word: number, mnemonic: string, rd: XOrZero, value: number, shift: WideShift): Instruction {
  const imm16 = unsignedField(value, 16, mnemonic);
  return encodeWord((word | ((shift / 16) << 21) | (imm16 << 5) | rd.code) >>> 0);
}

/** `movz rd, #value, lsl #shift`: the other bits become zero. Throws RangeError unless `value` has 16 bits. */
export function movz(rd: XOrZero, value: number, shift: WideShift = 0): Instruction {
  return moveWide(0xd2800000, 'movz', rd, value, shift);
}

/** `movk rd, #value, lsl #shift`: the other bits are kept. Throws RangeError unless `value` has 16 bits. */
export function movk(rd: XOrZero, value: number, shift: WideShift = 0): Instruction {
  return moveWide(0xf2800000, 'movk', rd, value, shift);
}

/** `movn rd, #value, lsl #shift`: sets the inverse. Throws RangeError unless `value` has 16 bits. */
export function movn(rd: XOrZero, value: number, shift: WideShift = 0): Instruction {
  return moveWide(0x92800000, 'movn', rd, value, shift);
}

/** One to four instructions that set `rd` to `value` modulo 2^64: `movz`, then `movk` for every other part not zero. */
export function movConstant(rd: XOrZero, value: number | bigint): Instruction[] {
  const bits = BigInt.asUintN(64, BigInt(value));
  const parts = ([0, 16, 32, 48] as const)
    .map((shift) => ({ shift, part: Number((bits >> BigInt(shift)) & 0xffffn) }))
    .filter(({ part }) => part !== 0);
  const [first, ...rest] = parts;
  if (first === undefined) {
    return [movz(rd, 0)];
  }
  return [movz(rd, first.part, first.shift), ...rest.map(({ part, shift }) => movk(rd, part, shift))];
}
