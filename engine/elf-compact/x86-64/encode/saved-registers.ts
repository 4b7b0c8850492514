/**
 * Where registers are saved, packed: four bits for each of the registers below, 0 where it is not saved, otherwise the
 * number of its slot. Slot k is at CFA - 8(k + 1); slot 0 is the return address's.
 */

/** The callee-saved registers, by their position in a packed set. */
export const columns: readonly number[] = [3, 6, 12, 13, 14, 15];
export const registerCount = columns.length;
/** As instructions number them: rbx, rbp, r12–r15. */
export const instructionNumbers: readonly number[] = [3, 5, 12, 13, 14, 15];
/** By number in instructions: position in a packed set, or -1. */
export const positionOfNumber: Int8Array = new Int8Array(16).fill(-1);
instructionNumbers.forEach((number, position) => {
  positionOfNumber[number] = position;
});
/** By column. */
export const positionOfColumn: Int8Array = new Int8Array(17).fill(-1);
columns.forEach((column, position) => {
  positionOfColumn[column] = position;
});
export const fpPosition = 1;
export const lastSlot = 15;

export function slotOf(saved: number, position: number): number {
  return (saved >>> (4 * position)) & 15;
}

export function withSlot(saved: number, position: number, slot: number): number {
  return (saved & ~(15 << (4 * position))) | (slot << (4 * position));
}

/** Only the slots that are not below RSP where it is so many units of 8 bytes below the CFA. */
export function aboveSp(saved: number, units: number): number {
  let above = saved;
  for (let position = 0; position < registerCount; position++) {
    if (slotOf(saved, position) >= units) above = withSlot(above, position, 0);
  }
  return above;
}
