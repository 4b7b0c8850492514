import { ByteWriter } from '../byte-writer.ts';

// DWARF 5, section 7.7.1, table 7.9.
const DW_OP_addr = 0x03;
const DW_OP_deref = 0x06;
const DW_OP_const1u = 0x08;
const DW_OP_const1s = 0x09;
const DW_OP_const2u = 0x0a;
const DW_OP_const2s = 0x0b;
const DW_OP_const4u = 0x0c;
const DW_OP_const4s = 0x0d;
const DW_OP_const8u = 0x0e;
const DW_OP_const8s = 0x0f;
const DW_OP_constu = 0x10;
const DW_OP_consts = 0x11;
const DW_OP_dup = 0x12;
const DW_OP_drop = 0x13;
const DW_OP_over = 0x14;
const DW_OP_pick = 0x15;
const DW_OP_swap = 0x16;
const DW_OP_rot = 0x17;
const DW_OP_xderef = 0x18;
const DW_OP_abs = 0x19;
const DW_OP_and = 0x1a;
const DW_OP_div = 0x1b;
const DW_OP_minus = 0x1c;
const DW_OP_mod = 0x1d;
const DW_OP_mul = 0x1e;
const DW_OP_neg = 0x1f;
const DW_OP_not = 0x20;
const DW_OP_or = 0x21;
const DW_OP_plus = 0x22;
const DW_OP_plus_uconst = 0x23;
const DW_OP_shl = 0x24;
const DW_OP_shr = 0x25;
const DW_OP_shra = 0x26;
const DW_OP_xor = 0x27;
const DW_OP_bra = 0x28;
const DW_OP_eq = 0x29;
const DW_OP_ge = 0x2a;
const DW_OP_gt = 0x2b;
const DW_OP_le = 0x2c;
const DW_OP_lt = 0x2d;
const DW_OP_ne = 0x2e;
const DW_OP_skip = 0x2f;
const DW_OP_lit0 = 0x30;
const DW_OP_reg0 = 0x50;
const DW_OP_breg0 = 0x70;
const DW_OP_regx = 0x90;
const DW_OP_bregx = 0x92;
const DW_OP_deref_size = 0x94;
const DW_OP_nop = 0x96;

/** An encoded operation, a place to branch to, or a branch to such a place. */
export type DwarfOperation =
  | { readonly bytes: Uint8Array }
  | { readonly mark: string }
  | { readonly opcode: number; readonly to: string };

const simple = (opcode: number) => (): DwarfOperation => ({ bytes: Uint8Array.of(opcode) });

const fixed = (opcode: number, size: number) => (value: bigint | number) =>
  operation((writer) => {
    writer.u8(opcode);
    writer.integer(BigInt(value), size);
  });

const leb = (opcode: number, sign: 'uleb' | 'sleb') => (value: bigint | number) =>
  operation((writer) => {
    writer.u8(opcode);
    writer[sign](value);
  });

/** Operations of DWARF expressions (DWARF 5, section 2.5.1), each writing the opcode of its name. */
export const dwarf = {
  addr: fixed(DW_OP_addr, 8),
  deref: simple(DW_OP_deref),
  derefSize: fixed(DW_OP_deref_size, 1),
  const1u: fixed(DW_OP_const1u, 1),
  const1s: fixed(DW_OP_const1s, 1),
  const2u: fixed(DW_OP_const2u, 2),
  const2s: fixed(DW_OP_const2s, 2),
  const4u: fixed(DW_OP_const4u, 4),
  const4s: fixed(DW_OP_const4s, 4),
  const8u: fixed(DW_OP_const8u, 8),
  const8s: fixed(DW_OP_const8s, 8),
  constu: leb(DW_OP_constu, 'uleb'),
  consts: leb(DW_OP_consts, 'sleb'),
  dup: simple(DW_OP_dup),
  drop: simple(DW_OP_drop),
  over: simple(DW_OP_over),
  pick: fixed(DW_OP_pick, 1),
  swap: simple(DW_OP_swap),
  rot: simple(DW_OP_rot),
  xderef: simple(DW_OP_xderef),
  abs: simple(DW_OP_abs),
  and: simple(DW_OP_and),
  div: simple(DW_OP_div),
  minus: simple(DW_OP_minus),
  mod: simple(DW_OP_mod),
  mul: simple(DW_OP_mul),
  neg: simple(DW_OP_neg),
  not: simple(DW_OP_not),
  or: simple(DW_OP_or),
  plus: simple(DW_OP_plus),
  plusUconst: leb(DW_OP_plus_uconst, 'uleb'),
  shl: simple(DW_OP_shl),
  shr: simple(DW_OP_shr),
  shra: simple(DW_OP_shra),
  xor: simple(DW_OP_xor),
  eq: simple(DW_OP_eq),
  ge: simple(DW_OP_ge),
  gt: simple(DW_OP_gt),
  le: simple(DW_OP_le),
  lt: simple(DW_OP_lt),
  ne: simple(DW_OP_ne),
  nop: simple(DW_OP_nop),
  /** `DW_OP_lit0` to `DW_OP_lit31` */
  lit: (value: number) => simple(DW_OP_lit0 + within(value, 31))(),
  /** `DW_OP_reg0` to `DW_OP_reg31`: a location, which expressions of CFI may not contain. */
  reg: (register: number) => simple(DW_OP_reg0 + within(register, 31))(),
  regx: leb(DW_OP_regx, 'uleb'),
  /** `DW_OP_breg0` to `DW_OP_breg31`: the register's value plus an offset. */
  breg: (register: number, offset: bigint | number) => leb(DW_OP_breg0 + within(register, 31), 'sleb')(offset),
  bregx: (register: number, offset: bigint | number) =>
    operation((writer) => {
      writer.u8(DW_OP_bregx);
      writer.uleb(register);
      writer.sleb(offset);
    }),
  /** Goes on at a mark. */
  skip: (to: string): DwarfOperation => ({ opcode: DW_OP_skip, to }),
  /** Goes on at a mark if the popped value is not zero. */
  bra: (to: string): DwarfOperation => ({ opcode: DW_OP_bra, to }),
  mark: (name: string): DwarfOperation => ({ mark: name }),
  /** Bytes as they are. */
  raw: (...bytes: number[]): DwarfOperation => ({ bytes: Uint8Array.from(bytes) }),
} as const;

/** Encodes an expression; throws an Error where a branch names no mark, a RangeError where it is out of reach. */
export function expression(...operations: readonly DwarfOperation[]): Uint8Array {
  const writer = new ByteWriter();
  const marks = new Map<string, number>();
  const branches: { end: number; to: string }[] = [];
  for (const part of operations) {
    if ('bytes' in part) writer.bytes(part.bytes);
    else if ('mark' in part) marks.set(part.mark, writer.length);
    else {
      writer.u8(part.opcode);
      writer.u16(0);
      branches.push({ end: writer.length, to: part.to });
    }
  }
  for (const { end, to } of branches) {
    const place = marks.get(to);
    if (place === undefined) throw new Error(`mark ${to} is not defined`);
    const distance = place - end;
    if (distance < -0x8000 || distance > 0x7fff) throw new RangeError(`mark ${to} is ${distance} bytes away`);
    writer.patch(end - 2, BigInt(distance), 2);
  }
  return writer.finish();
}

function operation(write: (writer: ByteWriter) => void): DwarfOperation {
  const writer = new ByteWriter();
  write(writer);
  return { bytes: writer.finish() };
}

function within(value: number, last: number): number {
  if (!Number.isInteger(value) || value < 0 || value > last)
    throw new RangeError(`${value} is not within 0 to ${last}`);
  return value;
}
