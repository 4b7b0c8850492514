import { MODE_RBP, MODE_RSP } from '../modes.ts';
import type { RegisterOrder } from '../register-order.ts';
import { allocationSize, pushSize } from '../stack-instructions.ts';
import { cfaFromFp, unitsOf } from './cfa-codes.ts';
import type { Frame } from './frame.ts';
import { columns, registerCount, slotOf, withSlot } from './saved-registers.ts';

const noGap = Uint8Array.of(1);

/** The registers of a frame in one order, and how they are pushed. */
export type SavedInOrder = Pick<Frame, 'mask' | 'count' | 'firstSaved' | 'pushSize'>;

/** What has no gaps. */
export const rigid = { form: 0, gaps: noGap, mostEpilogueGap: 0, lastEpiloguePosition: 0, hasStep: false } as const;

/** How an order says what is saved, or undefined where it cannot. */
export function inOrder(saved: number, order: RegisterOrder): SavedInOrder | undefined {
  const inSlots = registersInSlots(saved);
  const mask = inSlots === undefined ? -1 : maskOf(inSlots, order);
  if (inSlots === undefined || mask < 0) return undefined;
  const firstSaved = [0];
  inSlots.forEach((position, slot) => {
    firstSaved.push(withSlot(firstSaved[slot]!, position, slot + 1));
  });
  const sizes = inSlots.map((position) => pushSize(columns[position]!));
  return { mask, count: inSlots.length, firstSaved, pushSize: [0, ...sizes] };
}

/**
 * The frame of pushes in one order, and of one allocation where the CFA is counted from RSP, that has a state in its body;
 * undefined where the order or units of a frame, at most `mostFrameUnits`, cannot say it.
 */
export function plainFrame(
  cfa: number,
  saved: number,
  registerOrder: RegisterOrder,
  mostFrameUnits: number,
): Frame | undefined {
  const registers = inOrder(saved, registerOrder);
  if (registers === undefined) return undefined;
  const units = unitsOf(cfa);
  const hasFp = units === cfaFromFp;
  const locals = units - 1 - registers.count;
  if (hasFp ? (registers.mask & 1) === 0 : locals < 0 || units > mostFrameUnits) return undefined;
  const allocation = hasFp ? 0 : allocationSize(8 * locals);
  return { ...registers, ...rigid, mode: hasFp ? MODE_RBP : MODE_RSP, order: 0, cfa, saved, hasFp, allocation };
}

/** The positions of the registers saved, by slot from 1 on; undefined where slots between them are free. */
function registersInSlots(saved: number): number[] | undefined {
  const positions: number[] = [];
  for (let position = 0; position < registerCount; position++) {
    const slot = slotOf(saved, position);
    if (slot === 0) continue;
    if (positions[slot - 1] !== undefined) return undefined;
    positions[slot - 1] = position;
  }
  for (let slot = 0; slot < positions.length; slot++) if (positions[slot] === undefined) return undefined;
  return positions;
}

/** The lowest bits that name registers in their order, or -1 where that is not the layout's. */
function maskOf(inSlots: readonly number[], order: RegisterOrder): number {
  let mask = 0;
  let bit = 0;
  for (const position of inSlots) {
    while (bit < order.columns.length && order.columns[bit] !== columns[position]) bit++;
    if (bit === order.columns.length) return -1;
    mask |= 1 << bit++;
  }
  return mask;
}
