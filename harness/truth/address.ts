/** Unsigned comparison of two 64-bit values as halves: negative, zero or positive. */
export function compareAddresses(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return aHi === bHi ? (aLo >>> 0) - (bLo >>> 0) : (aHi >>> 0) - (bHi >>> 0);
}

/** One register of a register file as a BigInt. */
export function readColumn(registers: Uint32Array, column: number): bigint {
  return (BigInt(registers[2 * column + 1]!) << 32n) | BigInt(registers[2 * column]!);
}

export function writeColumn(registers: Uint32Array, column: number, value: bigint): void {
  registers[2 * column] = Number(value & 0xffff_ffffn);
  registers[2 * column + 1] = Number((value >> 32n) & 0xffff_ffffn);
}
