/** Halves of the last product. */
export const product = { lo: 0, hi: 0 };

/** The low 64 bits of a product of two 64-bit numbers in halves, left in `product`. */
export function multiply64(aLo: number, aHi: number, bLo: number, bHi: number): void {
  const a0 = aLo & 0xffff;
  const a1 = aLo >>> 16;
  const b0 = bLo & 0xffff;
  const b1 = bLo >>> 16;
  const low = a0 * b0;
  // At most 3 * 0xffff0000, exact in a double.
  const middle = a1 * b0 + (low >>> 16);
  const cross = a0 * b1 + (middle % 0x10000);
  product.lo = ((cross << 16) | (low & 0xffff)) >>> 0;
  const high = a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000);
  product.hi = ((high | 0) + Math.imul(aLo, bHi) + Math.imul(aHi, bLo)) >>> 0;
}
