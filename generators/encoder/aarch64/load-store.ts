import type { Instruction } from '../../assembly/item.ts';
import type { ImmediateAddress, IndexedAddress } from './address.ts';
import { signedDistance } from './distance.ts';
import type { DRegister, QRegister, XOrZero } from './registers.ts';
import { encodeLabelled, encodeWord, signedField } from './word.ts';

/** Fields of "Load/store register": size (31–30), V (26), opc (23–22), and the bytes accessed. */
interface Access {
  readonly mnemonic: string;
  readonly size: number;
  readonly vector: boolean;
  readonly opc: number;
  readonly bytes: number;
}

type Transferred = XOrZero | DRegister | QRegister;

function wholeRegister(register: Transferred, load: boolean): Access {
  const mnemonic = load ? 'ldr' : 'str';
  if (register.kind === 'q') {
    return { mnemonic, size: 0, vector: true, opc: load ? 0b11 : 0b10, bytes: 16 };
  }
  return { mnemonic, size: 0b11, vector: register.kind === 'd', opc: Number(load), bytes: 8 };
}

function commonBits(access: Access, register: Transferred, baseCode: number): number {
  return (
    (access.size << 30) |
    (0b111 << 27) |
    (Number(access.vector) << 26) |
    (access.opc << 22) |
    (baseCode << 5) |
    register.code
  );
}

function unscaled(access: Access, register: Transferred, address: ImmediateAddress): Instruction {
  const { mode, base } = address;
  if (mode !== 'offset' && !access.vector && base.kind === 'x' && base.code === register.code) {
    throw new RangeError(`${access.mnemonic}: writing back to ${base.name}, which is transferred, is unpredictable`);
  }
  const imm9 = signedField(address.offset, 9, 1, `${access.mnemonic} offset`);
  const modeBits = mode === 'offset' ? 0b00 : mode === 'post' ? 0b01 : 0b11;
  return encodeWord((commonBits(access, register, base.code) | (imm9 << 12) | (modeBits << 10)) >>> 0);
}

function transfer(access: Access, register: Transferred, address: ImmediateAddress | IndexedAddress): Instruction {
  if (address.mode === 'indexed') {
    const option = 0b011; // LSL
    const bits =
      (1 << 21) | (address.index.code << 16) | (option << 13) | (Number(address.scaled) << 12) | (0b10 << 10);
    return encodeWord((commonBits(access, register, address.base.code) | bits) >>> 0);
  }
  const imm12 = address.offset / access.bytes;
  if (address.mode === 'offset' && Number.isInteger(imm12) && imm12 >= 0 && imm12 < 4096) {
    return encodeWord((commonBits(access, register, address.base.code) | (1 << 24) | (imm12 << 10)) >>> 0);
  }
  return unscaled(access, register, address);
}

/**
 * Stores a register. Like an assembler, takes the scaled unsigned form where the offset fits (up to 4095 elements) and
 * else the unscaled one (−256…255 bytes); throws RangeError where neither does.
 */
export function str(register: Transferred, address: ImmediateAddress | IndexedAddress): Instruction {
  return transfer(wholeRegister(register, false), register, address);
}

/** Loads a register; offsets as `str`. */
export function ldr(register: Transferred, address: ImmediateAddress | IndexedAddress): Instruction {
  return transfer(wholeRegister(register, true), register, address);
}

/** Stores with the unscaled form, whatever the offset. Throws RangeError outside −256…255. */
export function stur(register: Transferred, address: ImmediateAddress): Instruction {
  return unscaled(wholeRegister(register, false), register, offsetOnly(address));
}

/** Loads with the unscaled form, whatever the offset. Throws RangeError outside −256…255. */
export function ldur(register: Transferred, address: ImmediateAddress): Instruction {
  return unscaled(wholeRegister(register, true), register, offsetOnly(address));
}

function offsetOnly(address: ImmediateAddress): ImmediateAddress {
  if (address.mode !== 'offset') {
    throw new RangeError('ldur/stur do not write back');
  }
  return address;
}

/** Loads a byte, zero-extended (`ldrb wN`). */
export function ldrb(register: XOrZero, address: ImmediateAddress | IndexedAddress): Instruction {
  return transfer({ mnemonic: 'ldrb', size: 0, vector: false, opc: 1, bytes: 1 }, register, address);
}

/** Stores the low byte (`strb wN`). */
export function strb(register: XOrZero, address: ImmediateAddress | IndexedAddress): Instruction {
  return transfer({ mnemonic: 'strb', size: 0, vector: false, opc: 0, bytes: 1 }, register, address);
}

/** Loads 32 bits, sign-extended to 64: what jump tables of offsets are read with. */
export function ldrsw(register: XOrZero, address: ImmediateAddress | IndexedAddress): Instruction {
  return transfer({ mnemonic: 'ldrsw', size: 0b10, vector: false, opc: 0b10, bytes: 4 }, register, address);
}

/** Loads 64 bits from a label within ±1 MiB (`ldr xN, label`). */
export function ldrLiteral(register: XOrZero, label: string): Instruction {
  return encodeLabelled(
    (0x58000000 | register.code) >>> 0,
    label,
    (address, target) => signedField(signedDistance(address, target), 19, 4, 'ldr literal') << 5,
  );
}
