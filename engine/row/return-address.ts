import type { CurrentFrame } from '../current-frame.ts';
import type { Row } from './row.ts';

/**
 * Removes the pointer authentication code of the return address at register index `returnAddress` where the frame's
 * RA_SIGN_STATE, as the row's opcodes or its rule for that register (already applied, at `signState`) give it, says
 * that it is signed (aadwarf64, section "Call frame instructions"). The bits of the code become copies of bit 55, as
 * they are in every valid address. Signing is each frame's own affair: the caller's state starts at 0.
 */
export function stripReturnAddress(row: Row, frame: CurrentFrame, returnAddress: number, signState: number): void {
  const { values, known, pacMaskLo, pacMaskHi } = frame;
  const byRule = known[signState] === 1 ? values[2 * signState]! : 0;
  if (((row.signState | byRule) & 1) !== 0) {
    const upperHalf = (values[2 * returnAddress + 1]! & (1 << 23)) !== 0;
    values[2 * returnAddress] = upperHalf
      ? values[2 * returnAddress]! | pacMaskLo
      : values[2 * returnAddress]! & ~pacMaskLo;
    values[2 * returnAddress + 1] = upperHalf
      ? values[2 * returnAddress + 1]! | pacMaskHi
      : values[2 * returnAddress + 1]! & ~pacMaskHi;
  }
  values[2 * signState] = 0;
  values[2 * signState + 1] = 0;
  known[signState] = 1;
}
