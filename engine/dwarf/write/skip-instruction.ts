import type { ByteReader } from '../byte-reader.ts';
import * as dw from '../constants.ts';

/**
 * Moves a reader behind the operands of a call frame instruction whose opcode was read; `DW_CFA_set_loc` has an operand
 * that only its CIE tells the size of and is not for this function. False where the opcode is unknown. Throws
 * `UnwindError` where operands are cut off.
 */
export function skipOperands(reader: ByteReader, opcode: number): boolean {
  const high = opcode & 0xc0;
  if (high !== 0) {
    if (high === dw.DW_CFA_offset) reader.uleb();
    return true;
  }
  switch (opcode) {
    case dw.DW_CFA_nop:
    case dw.DW_CFA_remember_state:
    case dw.DW_CFA_restore_state:
    case dw.DW_CFA_AARCH64_negate_ra_state:
    case dw.DW_CFA_AARCH64_negate_ra_state_with_pc:
      return true;
    case dw.DW_CFA_advance_loc1:
      reader.u8();
      return true;
    case dw.DW_CFA_advance_loc2:
      reader.u16();
      return true;
    case dw.DW_CFA_advance_loc4:
      reader.u32();
      return true;
    case dw.DW_CFA_MIPS_advance_loc8:
      reader.u64();
      return true;
    case dw.DW_CFA_restore_extended:
    case dw.DW_CFA_undefined:
    case dw.DW_CFA_same_value:
    case dw.DW_CFA_def_cfa_register:
    case dw.DW_CFA_def_cfa_offset:
    case dw.DW_CFA_def_cfa_offset_sf:
    case dw.DW_CFA_GNU_args_size:
      reader.uleb();
      return true;
    case dw.DW_CFA_offset_extended:
    case dw.DW_CFA_offset_extended_sf:
    case dw.DW_CFA_GNU_negative_offset_extended:
    case dw.DW_CFA_val_offset:
    case dw.DW_CFA_val_offset_sf:
    case dw.DW_CFA_register:
    case dw.DW_CFA_def_cfa:
    case dw.DW_CFA_def_cfa_sf:
    case dw.DW_CFA_AARCH64_set_ra_state:
      reader.uleb();
      reader.uleb();
      return true;
    case dw.DW_CFA_expression:
    case dw.DW_CFA_val_expression:
      reader.uleb();
      skipBlock(reader);
      return true;
    case dw.DW_CFA_def_cfa_expression:
      skipBlock(reader);
      return true;
    default:
      return false;
  }
}

function skipBlock(reader: ByteReader): void {
  const length = reader.uleb();
  reader.skip(length, reader.hi);
}
