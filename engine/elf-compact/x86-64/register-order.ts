import { pushSize } from './stack-instructions.ts';

/** What the bits of a mask of saved registers stand for. A register takes the next slot below the ones before it. */
export interface RegisterOrder {
  /** By bit: the register's column. A register may have several bits, of which a mask sets at most one. */
  readonly columns: readonly number[];
  /** The bits in ascending order of columns. */
  readonly ascending: readonly number[];
  /** All bits. */
  readonly mask: number;
  /** By mask: how many registers it names. */
  readonly count: Uint8Array;
  /** By mask: bytes of the pushes of all its registers. */
  readonly pushSizes: Uint8Array;
  /** By mask: 1 where it names no register twice. */
  readonly distinct: Uint8Array;
}

export function registerOrder(columns: readonly number[]): RegisterOrder {
  const masks = 1 << columns.length;
  const count = new Uint8Array(masks);
  const pushSizes = new Uint8Array(masks);
  const distinct = new Uint8Array(masks);
  for (let mask = 0; mask < masks; mask++) {
    const saved = columns.filter((_, bit) => ((mask >> bit) & 1) !== 0);
    count[mask] = saved.length;
    pushSizes[mask] = saved.reduce((sum, column) => sum + pushSize(column), 0);
    distinct[mask] = new Set(saved).size === saved.length ? 1 : 0;
  }
  const ascending = columns.map((_, bit) => bit).sort((a, b) => columns[a]! - columns[b]!);
  return { columns, ascending, mask: masks - 1, count, pushSizes, distinct };
}

/** The column of the register in a slot of a mask, the first one being 0. */
export function columnInSlot(order: RegisterOrder, mask: number, slot: number): number {
  let rest = mask;
  for (let i = 0; i < slot; i++) rest &= rest - 1;
  return order.columns[31 - Math.clz32(rest & -rest)]!;
}
