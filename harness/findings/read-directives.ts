import { ByteReader } from '../../engine/dwarf/byte-reader.ts';
import type { Cie } from '../../engine/dwarf/cie.ts';
import * as dw from '../../engine/dwarf/constants.ts';
import { type FrameSection, UnwindError } from '../../engine/index.ts';
import { type CfiDirective, cfi, type PlacedDirective } from '../../generators/cfi/index.ts';

/**
 * Reads call frame instructions (DWARF 5, section 6.4.2) from `start` to `end` of a section as directives, each with
 * the bytes from the function's start on to where it takes effect; advances and nops are left out. Throws `UnwindError`:
 * `unsupported` for an opcode that is unknown, or sets a location, or where an operand is beyond 2^53.
 */
export function readDirectives(section: FrameSection, cie: Cie, start: number, end: number): PlacedDirective[] {
  const reader = new ByteReader(section.section.bytes, section.kind);
  reader.window(start, end);
  const placed: PlacedDirective[] = [];
  let offset = 0;
  while (reader.position < reader.end) {
    const at = reader.position;
    const opcode = reader.u8();
    const advance = advanceOf(opcode, reader);
    if (advance !== undefined) offset += advance * cie.codeAlignment;
    else {
      const directive = readDirective(opcode, reader, cie, at);
      if (directive.kind !== 'nop') placed.push({ offset, directive });
    }
  }
  return placed;
}

/** By how much an instruction moves the location, unfactored; undefined where it does not. */
function advanceOf(opcode: number, reader: ByteReader): number | undefined {
  if (opcode >= dw.DW_CFA_advance_loc && opcode < dw.DW_CFA_offset) return opcode & 0x3f;
  switch (opcode) {
    case dw.DW_CFA_advance_loc1:
      return reader.u8();
    case dw.DW_CFA_advance_loc2:
      return reader.u16();
    case dw.DW_CFA_advance_loc4:
      return reader.u32();
    case dw.DW_CFA_MIPS_advance_loc8:
      return reader.u64() + 2 ** 32 * reader.hi;
    default:
      return undefined;
  }
}

function readDirective(opcode: number, reader: ByteReader, cie: Cie, at: number): CfiDirective {
  const unsigned = (): number => exact(reader.uleb() + 2 ** 32 * reader.hi, reader, at);
  const signed = (): number => exact(reader.sleb() + 2 ** 32 * (reader.hi | 0), reader, at);
  const factor = cie.dataAlignmentLo + 2 ** 32 * (cie.dataAlignmentHi | 0);
  const factored = (value: number): number => exact(value * factor, reader, at);
  const block = (): Uint8Array => {
    const length = reader.uleb();
    const position = reader.skip(length, reader.hi);
    return reader.bytes.slice(position, position + length);
  };
  if (opcode >= dw.DW_CFA_restore) return cfi.restore(opcode & 0x3f);
  if (opcode >= dw.DW_CFA_offset) return cfi.offset(opcode & 0x3f, factored(unsigned()));
  switch (opcode) {
    case dw.DW_CFA_nop:
      return cfi.nop();
    case dw.DW_CFA_offset_extended:
      return cfi.offsetExtended(unsigned(), factored(unsigned()));
    case dw.DW_CFA_offset_extended_sf:
      return cfi.offsetExtendedSf(unsigned(), factored(signed()));
    case dw.DW_CFA_GNU_negative_offset_extended:
      return cfi.gnuNegativeOffsetExtended(unsigned(), -factored(unsigned()));
    case dw.DW_CFA_val_offset:
      return cfi.valOffset(unsigned(), factored(unsigned()));
    case dw.DW_CFA_val_offset_sf:
      return cfi.valOffsetSf(unsigned(), factored(signed()));
    case dw.DW_CFA_restore_extended:
      return cfi.restoreExtended(unsigned());
    case dw.DW_CFA_undefined:
      return cfi.undefined(unsigned());
    case dw.DW_CFA_same_value:
      return cfi.sameValue(unsigned());
    case dw.DW_CFA_register:
      return cfi.register(unsigned(), unsigned());
    case dw.DW_CFA_remember_state:
      return cfi.rememberState();
    case dw.DW_CFA_restore_state:
      return cfi.restoreState();
    case dw.DW_CFA_def_cfa:
      return cfi.defCfa(unsigned(), unsigned());
    case dw.DW_CFA_def_cfa_sf:
      return cfi.defCfaSf(unsigned(), factored(signed()));
    case dw.DW_CFA_def_cfa_register:
      return cfi.defCfaRegister(unsigned());
    case dw.DW_CFA_def_cfa_offset:
      return cfi.defCfaOffset(unsigned());
    case dw.DW_CFA_def_cfa_offset_sf:
      return cfi.defCfaOffsetSf(factored(signed()));
    case dw.DW_CFA_def_cfa_expression:
      return cfi.defCfaExpression(block());
    case dw.DW_CFA_expression:
      return cfi.expression(unsigned(), block());
    case dw.DW_CFA_val_expression:
      return cfi.valExpression(unsigned(), block());
    case dw.DW_CFA_GNU_args_size:
      return cfi.argsSize(unsigned());
    case dw.DW_CFA_AARCH64_negate_ra_state:
      return cfi.negateRaState();
    case dw.DW_CFA_AARCH64_negate_ra_state_with_pc:
      return cfi.negateRaStateWithPc();
    case dw.DW_CFA_AARCH64_set_ra_state:
      return cfi.setRaState(unsigned(), signed() * cie.codeAlignment);
    default:
      throw new UnwindError('unsupported', reader.section, at, `expected a directive, found 0x${opcode.toString(16)}`);
  }
}

function exact(value: number, reader: ByteReader, at: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new UnwindError('unsupported', reader.section, at, 'expected an operand below 2^53');
}
