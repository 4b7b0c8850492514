import type { Instruction } from '../../assembly/item.ts';
import type { XOrSp, XOrZero } from './registers.ts';
import { encodeWord } from './word.ts';

/** What is done to the last register operand: `{ kind: 'lsl', amount: 3 }`. `ror` only in logical instructions. */
export interface Shift {
  readonly kind: 'lsl' | 'lsr' | 'asr' | 'ror';
  /** 0…63 */
  readonly amount: number;
}

const shiftKinds = { lsl: 0, lsr: 1, asr: 2, ror: 3 } as const;

/** The bits of a shift in "shifted register" forms. Throws RangeError unless the amount is 0…63. */
export function shiftBits(shift: Shift | undefined): number {
  if (shift === undefined) {
    return 0;
  }
  if (!Number.isInteger(shift.amount) || shift.amount < 0 || shift.amount > 63) {
    throw new RangeError(`${shift.kind}: ${shift.amount} is not a shift amount of 0 to 63`);
  }
  return (shiftKinds[shift.kind] << 22) | (shift.amount << 10);
}

/** Register forms of add, sub, cmp and cmn; `bits` holds the operation and whether flags are set. */
export function encodeAddSubtractRegister(
  bits: number,
  mnemonic: string,
  rd: XOrSp | XOrZero,
  rn: XOrSp | XOrZero,
  rm: XOrZero,
  shift: Shift | undefined,
): Instruction {
  const operands = (rm.code << 16) | (rn.code << 5) | rd.code;
  if (rd.kind !== 'sp' && rn.kind !== 'sp') {
    if (shift?.kind === 'ror') {
      throw new RangeError(`${mnemonic}: ror is not available`);
    }
    return encodeWord((0x8b000000 | bits | operands | shiftBits(shift)) >>> 0);
  }
  // Flag-setting forms discard their result to xzr even when they read sp; others would take code 31 as sp.
  const setsFlags = (bits & 0x20000000) !== 0;
  if (rn.kind === 'xzr' || (rd.kind === 'xzr' && !setsFlags)) {
    throw new RangeError(`${mnemonic}: sp and xzr cannot be combined`);
  }
  const amount = shift?.amount ?? 0;
  if ((shift !== undefined && shift.kind !== 'lsl') || !Number.isInteger(amount) || amount < 0 || amount > 4) {
    throw new RangeError(`${mnemonic}: with sp, only lsl by 0 to 4 is available, not ${shift?.kind} ${amount}`);
  }
  const option = 0b011; // UXTX
  return encodeWord((0x8b200000 | bits | operands | (option << 13) | (amount << 10)) >>> 0);
}
