import type { Architecture } from '../architecture/index.ts';
import { UnwindError } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';
import { hasRule, signedAtHiWord, signedAtLoWord, signStateWord } from './cfa-state.ts';
import {
  DW_CFA_AARCH64_negate_ra_state,
  DW_CFA_AARCH64_negate_ra_state_with_pc,
  DW_CFA_AARCH64_set_ra_state,
} from './constants.ts';
import type { LocationCounter } from './location-counter.ts';
import { multiply64, product } from './multiply.ts';

/** Bits of RA_SIGN_STATE (aadwarf64, "DWARF register names"): signed with SP; with the signing PC too. */
const signed = 1;
const withPc = 2;

/**
 * Executes an opcode that changes RA_SIGN_STATE; false where the opcode is none of them. On other machines 0x2d is
 * SPARC's `DW_CFA_GNU_window_save`, which means nothing there. `location` is where the instructions have got to;
 * undefined in a CIE, whose instructions can name no instruction that signs.
 */
export function changeSignState(
  opcode: number,
  offset: number,
  reader: ByteReader,
  architecture: Architecture,
  state: Uint32Array,
  location: LocationCounter | undefined,
  codeAlignment: number,
): boolean {
  if (architecture.signState < 0) {
    if (opcode !== DW_CFA_AARCH64_negate_ra_state) return false;
    throw reader.invalid(`no DW_CFA_GNU_window_save on ${architecture.name}`, offset);
  }
  let changed: number;
  product.lo = 0;
  product.hi = 0;
  if (opcode === DW_CFA_AARCH64_negate_ra_state) changed = state[signStateWord]! ^ signed;
  else if (opcode === DW_CFA_AARCH64_negate_ra_state_with_pc) changed = state[signStateWord]! ^ (signed | withPc);
  else if (opcode === DW_CFA_AARCH64_set_ra_state) changed = readState(reader, offset, codeAlignment);
  else return false;
  if (hasRule(state, architecture.signState)) {
    throw reader.invalid('no other rule for RA_SIGN_STATE where an opcode changes it', offset);
  }
  if (changed === withPc) throw reader.invalid('no state that is signed with PC, but not with SP', offset);
  state[signStateWord] = changed;
  if (changed !== (signed | withPc)) return true;
  if (location === undefined) throw reader.invalid('no return address that is signed with a PC in a CIE', offset);
  const sum = location.rowLo + product.lo;
  state[signedAtLoWord] = sum;
  state[signedAtHiWord] = location.rowHi + product.hi + (sum > 0xffffffff ? 1 : 0);
  return true;
}

/**
 * The operands of `DW_CFA_AARCH64_set_ra_state`: 0, 1 (SP) or 2 (SP and PC), and the distance in bytes from here to
 * the instruction that signed, which is in `product` then.
 */
function readState(reader: ByteReader, offset: number, codeAlignment: number): number {
  const value = reader.uleb();
  if (reader.hi !== 0 || value > 2) {
    throw new UnwindError('unsupported', reader.section, offset, 'expected an RA state of 0, 1 or 2');
  }
  const lo = reader.sleb();
  multiply64(lo, reader.hi, codeAlignment, 0);
  return value === 2 ? signed | withPc : value;
}
