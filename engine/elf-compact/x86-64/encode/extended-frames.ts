import * as fields from '../extended-fields.ts';
import { g3 } from '../g3.ts';
import { MODE_RSP } from '../modes.ts';
import type { RegisterOrder } from '../register-order.ts';
import { scheduledAllocation } from '../scheduled-states.ts';
import { argsOf, cfaFromFp, isEnd, isPlt, unitsOf } from './cfa-codes.ts';
import type { Frame } from './frame.ts';
import { inOrder, plainFrame, rigid } from './frames.ts';

const shortGaps = Uint8Array.from({ length: 16 }, (_, length) => (fields.gapLengths.includes(length) ? 1 : 0));
const wideGaps = new Uint8Array(fields.mostWideGap + 1).fill(1);

/** Those of G3 first, so that what G3 can say is said in it. */
export function extendedFrames(cfa: number, saved: number): readonly Frame[] {
  if (isEnd(cfa) || isPlt(cfa)) return saved === 0 ? [specialFrame(cfa)] : [];
  return [
    ...plainFrames(cfa, saved, g3.order, fields.ORDER_G3),
    ...scheduledFrames(cfa, saved),
    ...plainFrames(cfa, saved, fields.reversedOrder, fields.ORDER_REVERSED),
  ];
}

function specialFrame(cfa: number): Frame {
  const none = { mask: 0, count: 0, firstSaved: [0], pushSize: [0] };
  return { ...none, ...rigid, mode: fields.MODE_SPECIAL, order: 0, cfa, saved: 0, hasFp: false, allocation: 0 };
}

function plainFrames(cfa: number, saved: number, registerOrder: RegisterOrder, order: number): readonly Frame[] {
  const frame = plainFrame(cfa, saved, registerOrder, g3.mostFrameUnits);
  return frame === undefined ? [] : [{ ...frame, order, hasStep: frame.hasFp }];
}

function scheduledFrames(cfa: number, saved: number): readonly Frame[] {
  const registers = inOrder(saved, fields.scheduledOrder);
  if (registers === undefined || argsOf(cfa) !== 0) return [];
  const units = unitsOf(cfa);
  const locals = units - 1 - registers.count;
  // Without registers there is nothing to have gaps between.
  if (units === cfaFromFp || registers.count === 0 || locals < 0 || units > fields.mostScheduledUnits) return [];
  const allocation = scheduledAllocation(8 * locals);
  const common = { ...registers, ...rigid, mode: MODE_RSP, order: 0, cfa, saved, hasFp: false, allocation };
  const { mostEpilogueGap, lastEpiloguePosition } = fields;
  return [
    { ...common, form: fields.FORM_SCHEDULED, gaps: shortGaps, mostEpilogueGap, lastEpiloguePosition },
    { ...common, form: fields.FORM_WIDE, gaps: wideGaps },
  ];
}
