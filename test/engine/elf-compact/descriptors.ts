import type { DescriptorLayout } from '../../../engine/elf-compact/descriptor-layout.ts';
import { DescriptorList } from '../../../engine/elf-compact/descriptor-list.ts';
import { formatRow } from '../../../engine/row/format-row.ts';
import { Row } from '../../../engine/row/row.ts';

/** A descriptor and the address it begins at. */
export type Placed = readonly [start: number, descriptor: bigint];

export const lowHalf = (value: bigint): number => Number(BigInt.asUintN(32, value));
export const highHalf = (value: bigint): number => Number(BigInt.asUintN(32, value >> 32n));
export const join = (lo: number, hi: number): bigint => (BigInt(hi) << 32n) | BigInt(lo);

export function listOf(...placed: readonly Placed[]): DescriptorList {
  const list = new DescriptorList();
  for (const [start, descriptor] of placed) list.add(start, lowHalf(descriptor), highHalf(descriptor));
  return list;
}

export function placedOf(list: DescriptorList): Placed[] {
  return Array.from({ length: list.count }, (_, i) => [list.start[i]!, join(list.lo[i]!, list.hi[i]!)]);
}

/** What a descriptor says at an offset into its range. */
export function rowAt(layout: DescriptorLayout, descriptor: bigint, offset: number, length: number): Row {
  const row = new Row(layout.architecture.columnCount);
  layout.fill(lowHalf(descriptor), highHalf(descriptor), offset, length, row);
  return row;
}

/**
 * The states of a range as `START..END RULES`, asked for at every byte. Throws where a state's bounds are not those it is
 * found within.
 */
export function statesOf(layout: DescriptorLayout, descriptor: bigint, length: number): string[] {
  const states: string[] = [];
  for (let offset = 0; offset < length; offset++) {
    const row = rowAt(layout, descriptor, offset, length);
    const state = `${row.startLo}..${row.endLo} ${formatRow(row, layout.architecture)}`;
    if (row.startLo > offset || row.endLo <= offset) throw new Error(`${state} at ${offset}`);
    if (states.at(-1) !== state) states.push(state);
  }
  return states;
}
