/** `DW_OP_breg7 8, breg16 0, lit15, and, lit<offset>, ge, lit3, shl, plus`: what linkers write for linkage tables. */
const length = 11;
const offsetPosition = 6;
const lit0 = 0x30;
const entrySize = 16;

/** The expressions of all offsets, one behind the other. */
export const pltExpressions: Uint8Array = Uint8Array.from({ length: entrySize * length }, (_, i) => {
  const expression = [0x77, 8, 0x80, 0, 0x3f, 0x1a, lit0 + Math.floor(i / length), 0x2a, 0x33, 0x24, 0x22];
  return expression[i % length]!;
});

export const pltExpressionLength: number = length;

/** The offset in an expression, or -1 where it is another one. */
export function pltOffset(bytes: Uint8Array, position: number, size: number): number {
  if (size !== length || position + length > bytes.length) return -1;
  const offset = bytes[position + offsetPosition]! - lit0;
  if (offset < 0 || offset >= entrySize) return -1;
  for (let i = 0; i < length; i++) {
    if (bytes[position + i] !== pltExpressions[offset * length + i]) return -1;
  }
  return offset;
}
