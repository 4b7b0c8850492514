import type { ByteReader } from '../../engine/dwarf/byte-reader.ts';
import type { Cie } from '../../engine/dwarf/cie.ts';
import * as dw from '../../engine/dwarf/constants.ts';

/** What an instruction's operands are, in order. */
type Operand = 'register' | 'uleb' | 'sleb' | 'block' | 'u8' | 'u16' | 'u32' | 'u64';

const operands: Readonly<Record<number, readonly Operand[]>> = {
  [dw.DW_CFA_nop]: [],
  [dw.DW_CFA_advance_loc1]: ['u8'],
  [dw.DW_CFA_advance_loc2]: ['u16'],
  [dw.DW_CFA_advance_loc4]: ['u32'],
  [dw.DW_CFA_MIPS_advance_loc8]: ['u64'],
  [dw.DW_CFA_offset_extended]: ['register', 'uleb'],
  [dw.DW_CFA_restore_extended]: ['register'],
  [dw.DW_CFA_undefined]: ['register'],
  [dw.DW_CFA_same_value]: ['register'],
  [dw.DW_CFA_register]: ['register', 'register'],
  [dw.DW_CFA_remember_state]: [],
  [dw.DW_CFA_restore_state]: [],
  [dw.DW_CFA_def_cfa]: ['register', 'uleb'],
  [dw.DW_CFA_def_cfa_register]: ['register'],
  [dw.DW_CFA_def_cfa_offset]: ['uleb'],
  [dw.DW_CFA_def_cfa_expression]: ['block'],
  [dw.DW_CFA_expression]: ['register', 'block'],
  [dw.DW_CFA_offset_extended_sf]: ['register', 'sleb'],
  [dw.DW_CFA_def_cfa_sf]: ['register', 'sleb'],
  [dw.DW_CFA_def_cfa_offset_sf]: ['sleb'],
  [dw.DW_CFA_val_offset]: ['register', 'uleb'],
  [dw.DW_CFA_val_offset_sf]: ['register', 'sleb'],
  [dw.DW_CFA_val_expression]: ['register', 'block'],
  [dw.DW_CFA_AARCH64_set_ra_state]: ['uleb', 'sleb'],
  [dw.DW_CFA_AARCH64_negate_ra_state_with_pc]: [],
  [dw.DW_CFA_AARCH64_negate_ra_state]: [],
  [dw.DW_CFA_GNU_args_size]: ['uleb'],
  [dw.DW_CFA_GNU_negative_offset_extended]: ['register', 'uleb'],
};

/** Opcodes that end a row. */
const advances: ReadonlySet<number> = new Set([
  dw.DW_CFA_advance_loc1,
  dw.DW_CFA_advance_loc2,
  dw.DW_CFA_advance_loc4,
  dw.DW_CFA_MIPS_advance_loc8,
]);

/** What is asked of the instructions of an entry, in their order; each with the instruction's offset in the section. */
export interface InstructionVisitor {
  remember(offset: number): void;
  restore(offset: number): void;
  register(number: number, offset: number): void;
  /** The location goes on by so many bytes (inexact from 2^53 on). */
  advance(bytes: number, offset: number): void;
}

/**
 * Goes through instructions without executing them, from the reader's position to its end. Ends early, without a word,
 * where one is unknown or a location is set: what executes them says why. Throws `UnwindError` where an operand leads
 * out of the entry.
 */
export function visitInstructions(reader: ByteReader, cie: Cie, visitor: InstructionVisitor): void {
  while (reader.position < reader.end) {
    const offset = reader.position;
    const opcode = reader.u8();
    const operand = opcode & 0x3f;
    if (opcode >= dw.DW_CFA_restore) visitor.register(operand, offset);
    else if (opcode >= dw.DW_CFA_offset) {
      visitor.register(operand, offset);
      reader.uleb();
    } else if (opcode >= dw.DW_CFA_advance_loc) visitor.advance(operand * cie.codeAlignment, offset);
    else {
      const kinds = operands[opcode];
      if (kinds === undefined) return;
      if (opcode === dw.DW_CFA_remember_state) visitor.remember(offset);
      else if (opcode === dw.DW_CFA_restore_state) visitor.restore(offset);
      for (const kind of kinds) {
        const value = readOperand(reader, kind);
        if (kind === 'register') visitor.register(value, offset);
        else if (advances.has(opcode)) visitor.advance(value * cie.codeAlignment, offset);
      }
    }
  }
}

/** The operand's value as a number, inexact from 2^53 on; 0 of a block. */
function readOperand(reader: ByteReader, kind: Operand): number {
  switch (kind) {
    case 'u8':
      return reader.u8();
    case 'u16':
      return reader.u16();
    case 'u32':
      return reader.u32();
    case 'u64':
      return reader.u64() + 2 ** 32 * reader.hi;
    case 'sleb':
      return reader.sleb();
    case 'register':
    case 'uleb':
      return reader.uleb() + 2 ** 32 * reader.hi;
    case 'block':
      reader.skip(reader.uleb(), reader.hi);
      return 0;
  }
}
