import type { ByteWriter } from '../byte-writer.ts';
import type { AdvanceForm, CfiDirective, PlacedDirective } from './directive.ts';
import * as op from './opcodes.ts';

/** What the encoding of call frame instructions depends on. */
export interface InstructionContext {
  readonly codeAlignment: number;
  readonly dataAlignment: number;
  /** Writes the address `offset` bytes into the FDE, as `DW_CFA_set_loc` has it. */
  writeLocation(writer: ByteWriter, offset: number): void;
}

/** Writes the instructions of an FDE, moving the location where directives stand further on. */
export function writeInstructions(
  writer: ByteWriter,
  directives: readonly PlacedDirective[],
  context: InstructionContext,
): void {
  let location = 0;
  for (const { offset, directive } of directives) {
    const delta = offset - location;
    if (delta < 0) throw new RangeError(`directive at ${offset} stands behind one at ${location}`);
    if (directive.kind === 'advance') writeAdvance(writer, directive.form, delta, offset, context);
    else {
      if (delta > 0) writeAdvance(writer, shortest(delta / context.codeAlignment), delta, offset, context);
      writeDirective(writer, directive, context);
    }
    location = offset;
  }
}

function shortest(delta: number): AdvanceForm {
  if (delta < 0x40) return 'advanceLoc';
  if (delta <= 0xff) return 'advanceLoc1';
  if (delta <= 0xffff) return 'advanceLoc2';
  return 'advanceLoc4';
}

const advances = {
  advanceLoc1: { opcode: op.DW_CFA_advance_loc1, size: 1 },
  advanceLoc2: { opcode: op.DW_CFA_advance_loc2, size: 2 },
  advanceLoc4: { opcode: op.DW_CFA_advance_loc4, size: 4 },
  mipsAdvanceLoc8: { opcode: op.DW_CFA_MIPS_advance_loc8, size: 8 },
} as const;

function writeAdvance(
  writer: ByteWriter,
  form: AdvanceForm,
  delta: number,
  offset: number,
  context: InstructionContext,
): void {
  if (form === 'setLoc') {
    writer.u8(op.DW_CFA_set_loc);
    context.writeLocation(writer, offset);
    return;
  }
  const factored = divide(delta, context.codeAlignment, 'code');
  if (form === 'advanceLoc') {
    if (factored >= 0x40) throw new RangeError(`an advance of ${factored} does not fit six bits`);
    writer.u8(op.DW_CFA_advance_loc | factored);
    return;
  }
  const { opcode, size } = advances[form];
  if (factored >= 2 ** (8 * size)) throw new RangeError(`an advance of ${factored} does not fit ${size} bytes`);
  writer.u8(opcode);
  writer.integer(BigInt(factored), size);
}

/** Writes one instruction; offsets are factored as its opcode wants. Throws a RangeError where that is not possible. */
export function writeDirective(
  writer: ByteWriter,
  directive: Exclude<CfiDirective, { kind: 'advance' }>,
  { codeAlignment, dataAlignment }: InstructionContext,
): ByteWriter {
  const factored = (offset: number) => divide(offset, dataAlignment, 'data');
  switch (directive.kind) {
    case 'defCfa':
      return writer.u8(op.DW_CFA_def_cfa).uleb(directive.register).uleb(directive.offset);
    case 'defCfaSf':
      return writer.u8(op.DW_CFA_def_cfa_sf).uleb(directive.register).sleb(factored(directive.offset));
    case 'defCfaRegister':
      return writer.u8(op.DW_CFA_def_cfa_register).uleb(directive.register);
    case 'defCfaOffset':
      return writer.u8(op.DW_CFA_def_cfa_offset).uleb(directive.offset);
    case 'defCfaOffsetSf':
      return writer.u8(op.DW_CFA_def_cfa_offset_sf).sleb(factored(directive.offset));
    case 'defCfaExpression':
      return writeBlock(writer.u8(op.DW_CFA_def_cfa_expression), directive.expression);
    case 'offset':
      return writer.u8(op.DW_CFA_offset | sixBits(directive.register)).uleb(factored(directive.offset));
    case 'offsetExtended':
      return writer.u8(op.DW_CFA_offset_extended).uleb(directive.register).uleb(factored(directive.offset));
    case 'offsetExtendedSf':
      return writer.u8(op.DW_CFA_offset_extended_sf).uleb(directive.register).sleb(factored(directive.offset));
    case 'valOffset':
      return writer.u8(op.DW_CFA_val_offset).uleb(directive.register).uleb(factored(directive.offset));
    case 'valOffsetSf':
      return writer.u8(op.DW_CFA_val_offset_sf).uleb(directive.register).sleb(factored(directive.offset));
    case 'gnuNegativeOffsetExtended':
      return writer
        .u8(op.DW_CFA_GNU_negative_offset_extended)
        .uleb(directive.register)
        .uleb(factored(-directive.offset));
    case 'register':
      return writer.u8(op.DW_CFA_register).uleb(directive.register).uleb(directive.source);
    case 'expression':
      return writeBlock(writer.u8(op.DW_CFA_expression).uleb(directive.register), directive.expression);
    case 'valExpression':
      return writeBlock(writer.u8(op.DW_CFA_val_expression).uleb(directive.register), directive.expression);
    case 'restore':
      return writer.u8(op.DW_CFA_restore | sixBits(directive.register));
    case 'restoreExtended':
      return writer.u8(op.DW_CFA_restore_extended).uleb(directive.register);
    case 'undefined':
      return writer.u8(op.DW_CFA_undefined).uleb(directive.register);
    case 'sameValue':
      return writer.u8(op.DW_CFA_same_value).uleb(directive.register);
    case 'rememberState':
      return writer.u8(op.DW_CFA_remember_state);
    case 'restoreState':
      return writer.u8(op.DW_CFA_restore_state);
    case 'nop':
      return writer.u8(op.DW_CFA_nop);
    case 'argsSize':
      return writer.u8(op.DW_CFA_GNU_args_size).uleb(directive.size);
    case 'negateRaState':
      return writer.u8(op.DW_CFA_AARCH64_negate_ra_state);
    case 'negateRaStateWithPc':
      return writer.u8(op.DW_CFA_AARCH64_negate_ra_state_with_pc);
    case 'setRaState': {
      const signingOffset = divide(directive.signingOffset, codeAlignment, 'code');
      return writer.u8(op.DW_CFA_AARCH64_set_ra_state).uleb(directive.state).sleb(signingOffset);
    }
    case 'raw':
      return writer.bytes(directive.bytes);
  }
}

function writeBlock(writer: ByteWriter, bytes: Uint8Array): ByteWriter {
  return writer.uleb(bytes.length).bytes(bytes);
}

function sixBits(register: number): number {
  if (register > 0x3f) throw new RangeError(`register ${register} does not fit six bits`);
  return register;
}

function divide(value: number, factor: number, which: 'code' | 'data'): number {
  const quotient = value / factor;
  if (!Number.isInteger(quotient)) {
    throw new RangeError(`${value} is no multiple of the ${which} alignment factor ${factor}`);
  }
  return quotient;
}
