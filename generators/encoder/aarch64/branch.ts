import type { Instruction } from '../../assembly/item.ts';
import { type Condition, conditionCode } from './condition.ts';
import { signedDistance } from './distance.ts';
import { registers, type XOrZero, type XRegister } from './registers.ts';
import { encodeLabelled, encodeWord, signedField, unsignedField } from './word.ts';

/** A branch whose distance in words is `bits` wide from bit `position` on; patching throws RangeError out of reach. */
function toLabel(word: number, mnemonic: string, label: string, bits: number, position: number): Instruction {
  return encodeLabelled(
    word >>> 0,
    label,
    (address, target) => signedField(signedDistance(address, target), bits, 4, mnemonic) << position,
  );
}

/** `b label`, ±128 MiB. */
export function b(label: string): Instruction {
  return toLabel(0x14000000, 'b', label, 26, 0);
}

/** `bl label`, ±128 MiB. */
export function bl(label: string): Instruction {
  return toLabel(0x94000000, 'bl', label, 26, 0);
}

/** `b.condition label`, ±1 MiB. */
export function bCond(condition: Condition, label: string): Instruction {
  return toLabel(0x54000000 | conditionCode(condition), `b.${condition}`, label, 19, 5);
}

/** `cbz rt, label`, ±1 MiB. */
export function cbz(rt: XOrZero, label: string): Instruction {
  return toLabel(0xb4000000 | rt.code, 'cbz', label, 19, 5);
}

/** `cbnz rt, label`, ±1 MiB. */
export function cbnz(rt: XOrZero, label: string): Instruction {
  return toLabel(0xb5000000 | rt.code, 'cbnz', label, 19, 5);
}

function testBit(word: number, mnemonic: string, rt: XOrZero, bit: number, label: string): Instruction {
  const position = unsignedField(bit, 6, `${mnemonic} bit`);
  return toLabel(word | ((position >> 5) << 31) | ((position & 31) << 19) | rt.code, mnemonic, label, 14, 5);
}

/** `tbz rt, #bit, label`, ±32 KiB; bit 0…63. */
export function tbz(rt: XOrZero, bit: number, label: string): Instruction {
  return testBit(0x36000000, 'tbz', rt, bit, label);
}

/** `tbnz rt, #bit, label`, ±32 KiB; bit 0…63. */
export function tbnz(rt: XOrZero, bit: number, label: string): Instruction {
  return testBit(0x37000000, 'tbnz', rt, bit, label);
}

/** `br rn` */
export function br(rn: XOrZero): Instruction {
  return encodeWord((0xd61f0000 | (rn.code << 5)) >>> 0);
}

/** `blr rn` */
export function blr(rn: XOrZero): Instruction {
  return encodeWord((0xd63f0000 | (rn.code << 5)) >>> 0);
}

/** `ret`, or `ret rn`. */
export function ret(rn: XRegister = registers.x30): Instruction {
  return encodeWord((0xd65f0000 | (rn.code << 5)) >>> 0);
}

/** Splits a 21-bit distance into immlo (30–29) and immhi (23–5). */
function addressField(imm21: number): number {
  return ((imm21 & 3) << 29) | ((imm21 >> 2) << 5);
}

/** `adr rd, label`, ±1 MiB. */
export function adr(rd: XOrZero, label: string): Instruction {
  return encodeLabelled((0x10000000 | rd.code) >>> 0, label, (address, target) =>
    addressField(signedField(signedDistance(address, target), 21, 1, 'adr')),
  );
}

/** `adrp rd, label`: the address of the label's 4 KiB page, ±4 GiB. */
export function adrp(rd: XOrZero, label: string): Instruction {
  return encodeLabelled((0x90000000 | rd.code) >>> 0, label, (address, target) =>
    addressField(signedField(signedDistance(address & ~0xfffn, target & ~0xfffn), 21, 0x1000, 'adrp')),
  );
}
