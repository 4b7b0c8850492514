/** Bytes of `mov rbp, rsp`. */
export const moveSize = 3;
/** The first column whose instructions need a REX prefix: r8. */
const firstExtended = 8;

/** Bytes of a `push` or `pop` of a general register, by column. */
export function pushSize(column: number): number {
  return column < firstExtended ? 1 : 2;
}

/**
 * Bytes of the instruction that makes room for so many bytes below the saved registers: none, a push of any register, or
 * a `sub` with the shortest immediate that holds the number. The same goes for the `add` that gives the room back.
 */
export function allocationSize(bytes: number): number {
  if (bytes === 0) return 0;
  if (bytes === 8) return 1;
  return bytes < 128 ? 4 : 7;
}
