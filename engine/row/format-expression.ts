import type { Architecture } from '../architecture/index.ts';
import { ByteReader } from '../dwarf/byte-reader.ts';
import * as op from '../dwarf/expression-opcodes.ts';
import { UnwindError } from '../errors.ts';

/** Operators whose operand is written behind their name. */
const operands = new Map<number, (reader: ByteReader) => bigint>([
  [op.DW_OP_addr, (reader) => BigInt.asUintN(64, sixtyFour(reader.u64(), reader))],
  [op.DW_OP_const1u, (reader) => BigInt(reader.u8())],
  [op.DW_OP_const1s, (reader) => BigInt.asIntN(8, BigInt(reader.u8()))],
  [op.DW_OP_const2u, (reader) => BigInt(reader.u16())],
  [op.DW_OP_const2s, (reader) => BigInt.asIntN(16, BigInt(reader.u16()))],
  [op.DW_OP_const4u, (reader) => BigInt(reader.u32())],
  [op.DW_OP_const4s, (reader) => BigInt.asIntN(32, BigInt(reader.u32()))],
  [op.DW_OP_const8u, (reader) => BigInt.asUintN(64, sixtyFour(reader.u64(), reader))],
  [op.DW_OP_const8s, (reader) => sixtyFour(reader.u64(), reader)],
  [op.DW_OP_constu, (reader) => BigInt.asUintN(64, sixtyFour(reader.uleb(), reader))],
  [op.DW_OP_consts, (reader) => sixtyFour(reader.sleb(), reader)],
  [op.DW_OP_plus_uconst, (reader) => BigInt.asUintN(64, sixtyFour(reader.uleb(), reader))],
  [op.DW_OP_pick, (reader) => BigInt(reader.u8())],
  [op.DW_OP_deref_size, (reader) => BigInt(reader.u8())],
  [op.DW_OP_skip, (reader) => BigInt.asIntN(16, BigInt(reader.u16()))],
  [op.DW_OP_bra, (reader) => BigInt.asIntN(16, BigInt(reader.u16()))],
]);

const names = new Map<number, string>(Object.entries(op).map(([name, value]) => [value, name.slice('DW_OP_'.length)]));

/** The operators of a DWARF expression, such as `rsp+168 deref`; hexadecimal bytes where one of them is not known. */
export function formatExpression(
  bytes: Uint8Array,
  position: number,
  length: number,
  architecture: Architecture,
): string {
  const reader = new ByteReader(bytes, 'expression');
  const words: string[] = [];
  try {
    reader.window(position, position + length);
    while (reader.position < reader.end) words.push(operator(reader, architecture));
    return words.join(' ');
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    return Array.from(bytes.subarray(position, position + length), (byte) => byte.toString(16).padStart(2, '0')).join(
      ' ',
    );
  }
}

/** `+16`, `-8`, and nothing for 0. */
export function formatOffset(offset: bigint): string {
  return offset === 0n ? '' : offset > 0n ? `+${offset}` : `${offset}`;
}

function operator(reader: ByteReader, architecture: Architecture): string {
  const opcode = reader.u8();
  if (opcode >= op.DW_OP_lit0 && opcode <= op.DW_OP_lit31) return `lit${opcode - op.DW_OP_lit0}`;
  if (opcode >= op.DW_OP_breg0 && opcode <= op.DW_OP_breg31) {
    return based(opcode - op.DW_OP_breg0, sixtyFour(reader.sleb(), reader), architecture);
  }
  if (opcode === op.DW_OP_bregx) {
    const register = reader.uleb();
    if (reader.hi !== 0) throw reader.invalid('a register number');
    return based(register, sixtyFour(reader.sleb(), reader), architecture);
  }
  const name = names.get(opcode);
  if (name === undefined || (opcode >= op.DW_OP_reg0 && opcode <= op.DW_OP_regx))
    throw reader.invalid('a known operator');
  const operand = operands.get(opcode);
  return operand === undefined ? name : `${name}(${operand(reader)})`;
}

function based(register: number, offset: bigint, architecture: Architecture): string {
  const column = architecture.dwarfToColumn[register] ?? -1;
  const name = column < 0 ? `r${register}` : architecture.columnNames[column]!;
  return offset === 0n ? `${name}+0` : `${name}${formatOffset(offset)}`;
}

function sixtyFour(lo: number, reader: ByteReader): bigint {
  return BigInt.asIntN(64, (BigInt(reader.hi) << 32n) | BigInt(lo));
}
