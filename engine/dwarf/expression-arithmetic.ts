import * as op from './expression-opcodes.ts';

function read(values: Uint32Array, index: number): bigint {
  return (BigInt(values[index + 1]!) << 32n) | BigInt(values[index]!);
}

function write(values: Uint32Array, index: number, value: bigint): void {
  values[index] = Number(value & 0xffffffffn);
  values[index + 1] = Number((value >> 32n) & 0xffffffffn);
}

/** Multiplies modulo 2^64, by halves of 16 bits so that every product is exact. */
function multiply(values: Uint32Array, a: number, b: number): void {
  const aLo = values[a]!;
  const bLo = values[b]!;
  const a0 = aLo & 0xffff;
  const a1 = aLo >>> 16;
  const b0 = bLo & 0xffff;
  const b1 = bLo >>> 16;
  const low = a0 * b0;
  const middle = a0 * b1 + a1 * b0 + Math.floor(low / 0x10000);
  const high = a1 * b1 + Math.floor(middle / 0x10000);
  const crossed = (Math.imul(aLo, values[b + 1]!) + Math.imul(values[a + 1]!, bLo)) | 0;
  values[a] = (middle << 16) | (low & 0xffff);
  values[a + 1] = (high | 0) + crossed;
}

/** Negates in place, modulo 2^64. */
export function negate(values: Uint32Array, index: number): void {
  const lo = values[index]!;
  values[index] = -lo;
  values[index + 1] = ~values[index + 1]! + (lo === 0 ? 1 : 0);
}

/** Adds in place, modulo 2^64. */
export function add(values: Uint32Array, index: number, lo: number, hi: number): void {
  const sum = values[index]! + (lo >>> 0);
  values[index] = sum;
  values[index + 1] = values[index + 1]! + hi + (sum > 0xffffffff ? 1 : 0);
}

/** Shifts in place by the unsigned 64-bit amount at `by`; 64 and more shift everything out. */
function shift(values: Uint32Array, index: number, by: number, operation: number): void {
  const amount = values[by + 1] === 0 ? Math.min(values[by]!, 64) : 64;
  const lo = values[index]!;
  const hi = values[index + 1]!;
  const fill = operation === op.DW_OP_shra ? (hi | 0) >> 31 : 0;
  if (amount === 64) {
    values[index] = fill;
    values[index + 1] = fill;
  } else if (amount >= 32) {
    const left = operation === op.DW_OP_shl;
    // JavaScript shifts by the amount modulo 32.
    values[index] = left ? 0 : operation === op.DW_OP_shra ? (hi | 0) >> amount : hi >>> amount;
    values[index + 1] = left ? lo << amount : fill;
  } else if (amount > 0) {
    const left = operation === op.DW_OP_shl;
    values[index] = left ? lo << amount : (lo >>> amount) | (hi << (32 - amount));
    const leftHi = (hi << amount) | (lo >>> (32 - amount));
    values[index + 1] = left ? leftHi : operation === op.DW_OP_shra ? (hi | 0) >> amount : hi >>> amount;
  }
}

/** `DW_OP_div` is signed and truncates, `DW_OP_mod` is unsigned, as debuggers and unwinders agree. */
function divide(values: Uint32Array, a: number, b: number, operation: number): void {
  const dividend = read(values, a);
  const divisor = read(values, b);
  const result =
    operation === op.DW_OP_mod ? dividend % divisor : BigInt.asIntN(64, dividend) / BigInt.asIntN(64, divisor);
  write(values, a, result);
}

/** Signed comparison: negative, zero or positive. */
function compare(values: Uint32Array, a: number, b: number): number {
  const high = (values[a + 1]! | 0) - (values[b + 1]! | 0);
  return high !== 0 ? high : values[a]! - values[b]!;
}

function holds(order: number, operation: number): boolean {
  switch (operation) {
    case op.DW_OP_eq:
      return order === 0;
    case op.DW_OP_ge:
      return order >= 0;
    case op.DW_OP_gt:
      return order > 0;
    case op.DW_OP_le:
      return order <= 0;
    case op.DW_OP_lt:
      return order < 0;
    default:
      return order !== 0;
  }
}

/**
 * An operation with two operands (DWARF 5, sections 2.5.1.4 and 2.5.1.5): the former second entry, at `a`, becomes
 * the result; the former top is at `b`. Exact for all 64 bits. The divisor of `DW_OP_div` and `DW_OP_mod` is not 0.
 */
export function combine(values: Uint32Array, a: number, b: number, operation: number): void {
  switch (operation) {
    case op.DW_OP_and:
      values[a] = values[a]! & values[b]!;
      values[a + 1] = values[a + 1]! & values[b + 1]!;
      return;
    case op.DW_OP_or:
      values[a] = values[a]! | values[b]!;
      values[a + 1] = values[a + 1]! | values[b + 1]!;
      return;
    case op.DW_OP_xor:
      values[a] = values[a]! ^ values[b]!;
      values[a + 1] = values[a + 1]! ^ values[b + 1]!;
      return;
    case op.DW_OP_plus:
      add(values, a, values[b]!, values[b + 1]!);
      return;
    case op.DW_OP_minus:
      negate(values, b);
      add(values, a, values[b]!, values[b + 1]!);
      return;
    case op.DW_OP_mul:
      multiply(values, a, b);
      return;
    case op.DW_OP_div:
    case op.DW_OP_mod:
      divide(values, a, b, operation);
      return;
    case op.DW_OP_shl:
    case op.DW_OP_shr:
    case op.DW_OP_shra:
      shift(values, a, b, operation);
      return;
    default:
      values[a] = holds(compare(values, a, b), operation) ? 1 : 0;
      values[a + 1] = 0;
  }
}
