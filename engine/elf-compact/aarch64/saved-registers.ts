/** Which registers are saved. */
export interface SavedRegisters {
  /** Bit 0 is x19. */
  general: number;
  /** Bit 0 is d8. */
  vector: number;
  fp: boolean;
  link: boolean;
}

/** A mask without so many of its highest bits. */
export function withoutHighest(mask: number, count: number): number {
  let rest = mask;
  for (let i = 0; i < count && rest !== 0; i++) rest &= ~(1 << (31 - Math.clz32(rest)));
  return rest;
}

export function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
