import { g3 } from '../g3.ts';
import { MODE_RBP, MODE_RSP } from '../modes.ts';
import { allocationSize, pushSize } from '../stack-instructions.ts';
import type { Frame } from './frame.ts';
import { cfaFromFp } from './row-classes.ts';
import { columns, registerCount, slotOf, withSlot } from './saved-registers.ts';

/** The frame that has a state in its body, or undefined where G3 cannot say it. */
export function g3Frame(cfa: number, saved: number): Frame | undefined {
  const inSlots = registersInSlots(saved);
  const mask = inSlots === undefined ? -1 : maskOf(inSlots);
  if (inSlots === undefined || mask < 0) return undefined;
  const count = inSlots.length;
  const locals = cfa - 1 - count;
  if (cfa === cfaFromFp ? (mask & 1) === 0 : locals < 0 || cfa > g3.mostFrameUnits) return undefined;
  const firstSaved = [0];
  inSlots.forEach((position, slot) => {
    firstSaved.push(withSlot(firstSaved[slot]!, position, slot + 1));
  });
  return {
    mode: cfa === cfaFromFp ? MODE_RBP : MODE_RSP,
    mask,
    cfa,
    saved,
    count,
    firstSaved,
    pushSize: [0, ...inSlots.map((position) => pushSize(columns[position]!))],
    allocation: cfa === cfaFromFp ? 0 : allocationSize(8 * locals),
  };
}

/** The positions of the registers saved, by slot from 1 on; undefined where slots between them are free. */
function registersInSlots(saved: number): number[] | undefined {
  const positions: number[] = [];
  for (let position = 0; position < registerCount; position++) {
    const slot = slotOf(saved, position);
    if (slot === 0) continue;
    // Two registers in one slot: the number of slots would not be that of the registers.
    if (positions[slot - 1] !== undefined) return undefined;
    positions[slot - 1] = position;
  }
  for (let slot = 0; slot < positions.length; slot++) if (positions[slot] === undefined) return undefined;
  return positions;
}

/** The lowest bits that name registers in their order, or -1 where that is not one of the layout's. */
function maskOf(inSlots: readonly number[]): number {
  const order = g3.order.columns;
  let mask = 0;
  let bit = 0;
  for (const position of inSlots) {
    while (bit < order.length && order[bit] !== columns[position]) bit++;
    if (bit === order.length) return -1;
    mask |= 1 << bit++;
  }
  return mask;
}
