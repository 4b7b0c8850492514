import type { Instruction } from '../../assembly/item.ts';
import type { ImmediateAddress } from './address.ts';
import type { DRegister, QRegister, XOrZero } from './registers.ts';
import { encodeWord, signedField } from './word.ts';

/** Bits 24–23 of "Load/store register pair" (Arm ARM C4.1, "Loads and Stores"). */
const pairMode = { post: 0b01, offset: 0b10, pre: 0b11 } as const;

function pair<R extends XOrZero | DRegister | QRegister>(
  load: boolean,
  first: R,
  second: R,
  address: ImmediateAddress,
): Instruction {
  const mnemonic = load ? 'ldp' : 'stp';
  const { kind } = first;
  const vector = kind === 'd' || kind === 'q';
  if (load && first.code === second.code) {
    throw new RangeError(`${mnemonic}: loading ${first.name} twice is unpredictable`);
  }
  const { base } = address;
  if (address.mode !== 'offset' && !vector && base.kind === 'x') {
    if (base.code === first.code || base.code === second.code) {
      throw new RangeError(`${mnemonic}: writing back to ${base.name}, which is transferred, is unpredictable`);
    }
  }
  const opc = kind === 'q' ? 0b10 : vector ? 0b01 : 0b10;
  const imm7 = signedField(address.offset, 7, kind === 'q' ? 16 : 8, `${mnemonic} offset`);
  return encodeWord(
    ((opc << 30) |
      (0b101 << 27) |
      (Number(vector) << 26) |
      (pairMode[address.mode] << 23) |
      (Number(load) << 22) |
      (imm7 << 15) |
      (second.code << 10) |
      (base.code << 5) |
      first.code) >>>
      0,
  );
}

/** Stores two registers. Throws RangeError unless the offset is a multiple of the register size in a signed 7-bit field. */
export function stp<R extends XOrZero | DRegister | QRegister>(
  first: R,
  second: NoInfer<R>,
  address: ImmediateAddress,
): Instruction {
  return pair(false, first, second, address);
}

/** Loads two registers; limits as `stp`, and the two must differ. */
export function ldp<R extends XOrZero | DRegister | QRegister>(
  first: R,
  second: NoInfer<R>,
  address: ImmediateAddress,
): Instruction {
  return pair(true, first, second, address);
}
