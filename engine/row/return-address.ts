import type { CurrentFrame } from '../current-frame.ts';
import type { Row } from './row.ts';

/**
 * Removes the pointer authentication code of the return address at register index `returnAddress` where the frame's
 * RA_SIGN_STATE, as the row's opcodes or its rule for that register (already applied, at `signState`) give it, says
 * that it is signed (aadwarf64, section "Call frame instructions"). Signing is each frame's own affair: the caller's state starts at 0.
 */
export function stripReturnAddress(row: Row, frame: CurrentFrame, returnAddress: number, signState: number): void {
  const { values, known, pacMaskLo, pacMaskHi } = frame;
  const byRule = known[signState] === 1 ? values[2 * signState]! : 0;
  if (((row.signState | byRule) & 1) !== 0) {
    removeAuthenticationCode(values, 2 * returnAddress, pacMaskLo, pacMaskHi);
  }
  values[2 * signState] = 0;
  values[2 * signState + 1] = 0;
  known[signState] = 1;
}

/** Makes the bits of a code at an index of a register file copies of bit 55, as they are in every valid address. */
export function removeAuthenticationCode(values: Uint32Array, index: number, maskLo: number, maskHi: number): void {
  const upperHalf = (values[index + 1]! & (1 << 23)) !== 0;
  values[index] = upperHalf ? values[index]! | maskLo : values[index]! & ~maskLo;
  values[index + 1] = upperHalf ? values[index + 1]! | maskHi : values[index + 1]! & ~maskHi;
}
