import { UnwindError } from '../errors.ts';
import type { Memory } from '../memory.ts';
import type { ByteReader } from './byte-reader.ts';
import {
  DW_EH_PE_absptr,
  DW_EH_PE_aligned,
  DW_EH_PE_base_mask,
  DW_EH_PE_datarel,
  DW_EH_PE_format_mask,
  DW_EH_PE_funcrel,
  DW_EH_PE_indirect,
  DW_EH_PE_omit,
  DW_EH_PE_pcrel,
  DW_EH_PE_sdata2,
  DW_EH_PE_sdata4,
  DW_EH_PE_sdata8,
  DW_EH_PE_signed,
  DW_EH_PE_sleb128,
  DW_EH_PE_textrel,
  DW_EH_PE_udata2,
  DW_EH_PE_udata4,
  DW_EH_PE_udata8,
  DW_EH_PE_uleb128,
} from './constants.ts';

/** A 64-bit address in halves. */
export interface Base {
  lo: number;
  hi: number;
}

/** What encoded pointers may count from. An absent base makes pointers that need it `unsupported`. */
export interface PointerBases {
  /** Address of the section the pointer lies in. */
  readonly section: Base;
  readonly text: Base | undefined;
  readonly data: Base | undefined;
  /** Added to pointers that count from nothing: how far the module lies from the addresses it was linked for. */
  readonly absolute: Base;
}

/** A decoded pointer. `indirect`: the address is where the pointer is stored. `present` is false for `omit` and 0. */
export class EncodedPointer {
  present = false;
  indirect = false;
  lo = 0;
  hi = 0;
}

/** Size of a fixed-size format, or 0 for the LEB128 ones and those that do not exist. */
export function encodedSize(encoding: number, addressSize: number): number {
  switch (encoding & DW_EH_PE_format_mask) {
    case DW_EH_PE_absptr:
    case DW_EH_PE_signed:
      return addressSize;
    case DW_EH_PE_udata2:
    case DW_EH_PE_sdata2:
      return 2;
    case DW_EH_PE_udata4:
    case DW_EH_PE_sdata4:
      return 4;
    case DW_EH_PE_udata8:
    case DW_EH_PE_sdata8:
      return 8;
    default:
      return 0;
  }
}

/**
 * Reads a value of an encoding's format, without its base: the low half is returned, the high half left in
 * `reader.hi`. Signed formats are sign-extended unless `unsigned`, as the range of an FDE is read.
 */
export function readEncodedValue(
  reader: ByteReader,
  encoding: number,
  addressSize: number,
  unsigned: boolean = false,
): number {
  const format = encoding & DW_EH_PE_format_mask;
  if (format === DW_EH_PE_uleb128) return reader.uleb();
  if (format === DW_EH_PE_sleb128) return reader.sleb();
  const extend = format >= DW_EH_PE_signed && !unsigned;
  const start = reader.position;
  let lo: number;
  switch (encodedSize(encoding, addressSize)) {
    case 8:
      return reader.u64();
    case 4:
      lo = reader.u32();
      if (extend) lo |= 0;
      break;
    case 2:
      lo = reader.u16();
      if (extend) lo = (lo << 16) >> 16;
      break;
    default:
      throw unsupported(reader, start, encoding);
  }
  reader.hi = lo < 0 ? 0xffffffff : 0;
  return lo >>> 0;
}

/**
 * Reads an encoded pointer (LSB "DWARF Exception Header Encoding"). A value of 0 stays 0, whatever the base. `funcrel`
 * counts from `functionBase`. Indirect pointers are not followed, see `followPointer`.
 */
export function readEncodedPointer(
  reader: ByteReader,
  encoding: number,
  addressSize: number,
  bases: PointerBases,
  functionBase: Base | undefined,
  out: EncodedPointer,
): void {
  out.indirect = false;
  if (encoding === DW_EH_PE_omit) {
    out.present = false;
    out.lo = 0;
    out.hi = 0;
    return;
  }
  const baseKind = encoding & DW_EH_PE_base_mask;
  if (baseKind === DW_EH_PE_aligned) {
    if ((encoding & DW_EH_PE_format_mask) !== DW_EH_PE_absptr) throw unsupported(reader, reader.position, encoding);
    // The address is aligned, not the offset in the section.
    const misaligned = (bases.section.lo + reader.position) & (addressSize - 1);
    if (misaligned !== 0) reader.skip(addressSize - misaligned, 0);
  }
  const start = reader.position;
  const lo = readEncodedValue(reader, encoding, addressSize);
  const hi = reader.hi;
  out.present = lo !== 0 || hi !== 0;
  out.lo = lo;
  out.hi = hi;
  if (!out.present) return;
  out.indirect = (encoding & DW_EH_PE_indirect) !== 0;
  let base: Base | undefined;
  switch (baseKind) {
    case DW_EH_PE_absptr:
    case DW_EH_PE_aligned:
      base = bases.absolute;
      break;
    case DW_EH_PE_pcrel:
      add(out, start, 0);
      base = bases.section;
      break;
    case DW_EH_PE_textrel:
      base = bases.text;
      break;
    case DW_EH_PE_datarel:
      base = bases.data;
      break;
    case DW_EH_PE_funcrel:
      base = functionBase;
      break;
  }
  if (base === undefined) throw unsupported(reader, start, encoding);
  add(out, base.lo, base.hi);
}

/** Replaces an indirect pointer by the address stored where it points; `unreadable` without memory there. */
export function followPointer(pointer: EncodedPointer, memory: Memory, section: string, offset: number): void {
  if (!pointer.indirect) return;
  const value = new Uint32Array(2);
  if (!memory.read64(pointer.lo, pointer.hi, value, 0)) {
    throw new UnwindError('unreadable', section, offset, 'expected readable memory behind an indirect pointer');
  }
  pointer.indirect = false;
  pointer.lo = value[0]!;
  pointer.hi = value[1]!;
  pointer.present = pointer.lo !== 0 || pointer.hi !== 0;
}

function add(to: EncodedPointer, lo: number, hi: number): void {
  const sum = to.lo + lo;
  to.hi = (to.hi + hi + (sum > 0xffffffff ? 1 : 0)) >>> 0;
  to.lo = sum >>> 0;
}

function unsupported(reader: ByteReader, offset: number, encoding: number): UnwindError {
  const name = `0x${encoding.toString(16)}`;
  return new UnwindError(
    'unsupported',
    reader.section,
    offset,
    `expected a pointer encoding with a known base, found ${name}`,
  );
}
