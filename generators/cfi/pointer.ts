import type { ByteWriter } from '../byte-writer.ts';

// Pointer encodings of the Linux Standard Base, section "DWARF Extensions": a format, a base, and a flag.
export const DW_EH_PE_absptr = 0x00;
export const DW_EH_PE_uleb128 = 0x01;
export const DW_EH_PE_udata2 = 0x02;
export const DW_EH_PE_udata4 = 0x03;
export const DW_EH_PE_udata8 = 0x04;
export const DW_EH_PE_signed = 0x08;
export const DW_EH_PE_sleb128 = 0x09;
export const DW_EH_PE_sdata2 = 0x0a;
export const DW_EH_PE_sdata4 = 0x0b;
export const DW_EH_PE_sdata8 = 0x0c;
export const DW_EH_PE_pcrel = 0x10;
export const DW_EH_PE_textrel = 0x20;
export const DW_EH_PE_datarel = 0x30;
export const DW_EH_PE_funcrel = 0x40;
export const DW_EH_PE_aligned = 0x50;
export const DW_EH_PE_indirect = 0x80;
export const DW_EH_PE_omit = 0xff;

/** What the bases of pointer encodings stand for, and where indirect pointers are kept. */
export interface PointerContext {
  /** Address of the section written to. */
  readonly sectionAddress: bigint;
  /** Base of `DW_EH_PE_textrel`. */
  readonly textBase: bigint;
  /** Base of `DW_EH_PE_datarel`. */
  readonly dataBase: bigint;
  /** Address of a memory cell that holds `target`. */
  indirect(target: bigint): bigint;
}

/**
 * Writes an encoded pointer to `target`; null is the null pointer, which is 0 whatever the base. `functionStart` is the
 * base of `DW_EH_PE_funcrel`. Throws a RangeError where the encoding cannot express the pointer.
 */
export function writePointer(
  writer: ByteWriter,
  encoding: number,
  target: bigint | null,
  context: PointerContext,
  functionStart?: bigint,
): void {
  if (encoding === DW_EH_PE_omit) return;
  if ((encoding & 0x70) === DW_EH_PE_aligned) {
    while ((context.sectionAddress + BigInt(writer.length)) % 8n !== 0n) writer.u8(0);
  }
  let value = 0n;
  if (target !== null) {
    const meant = encoding & DW_EH_PE_indirect ? context.indirect(target) : target;
    value = meant - base(encoding, writer.length, context, functionStart);
  }
  writeFormat(writer, encoding & 0x0f, value);
}

/** Writes a length in the format of an encoding, without its base and indirection, as the range of an FDE is. */
export function writeLength(writer: ByteWriter, encoding: number, length: number): void {
  writeFormat(writer, encoding & 0x0f, BigInt(length));
}

function base(encoding: number, offset: number, context: PointerContext, functionStart: bigint | undefined): bigint {
  switch (encoding & 0x70) {
    case DW_EH_PE_absptr:
    case DW_EH_PE_aligned:
      return 0n;
    case DW_EH_PE_pcrel:
      return context.sectionAddress + BigInt(offset);
    case DW_EH_PE_textrel:
      return context.textBase;
    case DW_EH_PE_datarel:
      return context.dataBase;
    case DW_EH_PE_funcrel:
      if (functionStart !== undefined) return functionStart;
      throw new RangeError('a pointer that is not within an FDE cannot be relative to its function');
    default:
      throw new RangeError(`pointer encoding 0x${encoding.toString(16)} has an unknown base`);
  }
}

function writeFormat(writer: ByteWriter, format: number, value: bigint): ByteWriter {
  const unsigned = BigInt.asUintN(64, value);
  const signed = BigInt.asIntN(64, value);
  switch (format) {
    case DW_EH_PE_absptr:
    case DW_EH_PE_udata8:
    case DW_EH_PE_signed:
    case DW_EH_PE_sdata8:
      return writer.u64(unsigned);
    case DW_EH_PE_uleb128:
      return writer.uleb(unsigned);
    case DW_EH_PE_sleb128:
      return writer.sleb(signed);
    case DW_EH_PE_udata2:
    case DW_EH_PE_udata4:
      return writeFixed(writer, unsigned, BigInt.asUintN, format === DW_EH_PE_udata2 ? 2 : 4);
    case DW_EH_PE_sdata2:
    case DW_EH_PE_sdata4:
      return writeFixed(writer, signed, BigInt.asIntN, format === DW_EH_PE_sdata2 ? 2 : 4);
    default:
      throw new RangeError(`pointer format 0x${format.toString(16)} is unknown`);
  }
}

function writeFixed(writer: ByteWriter, value: bigint, cut: typeof BigInt.asIntN, size: number): ByteWriter {
  if (cut(8 * size, value) !== value) throw new RangeError(`pointer value ${value} does not fit ${size} bytes`);
  return writer.integer(value, size);
}
