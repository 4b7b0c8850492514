import { x86_64 } from '../../architecture/index.ts';
import { CfaKind, type Row } from '../../row/row.ts';
import { brokenDescriptor as broken } from '../broken-descriptor.ts';
import type { DescriptorLayout } from '../descriptor-layout.ts';
import { modeOf } from '../modes.ts';
import { addUndefined, startRow } from '../row-writer.ts';
import * as fields from './extended-fields.ts';
import { fillNull } from './frame-row.ts';
import { fillRspFrame } from './frame-states.ts';
import { g3 } from './g3.ts';
import { MODE_RBP, MODE_RSP } from './modes.ts';
import { pltExpressionLength, pltExpressions } from './plt-expression.ts';
import { fillScheduledFrame } from './scheduled-states.ts';
import { fillSteppedFrame } from './stepped-states.ts';

/** G3's fields, and ours in bits it leaves clear. Descriptors with those clear mean what they do in G3. */
class ExtendedLayout implements DescriptorLayout {
  readonly name = 'extended';
  readonly architecture = x86_64;

  fill(lo: number, hi: number, offset: number, length: number, row: Row): void {
    const mode = modeOf(lo);
    const hasSteps = mode === MODE_RBP && (lo & steps) !== 0;
    if (mode === fields.MODE_SPECIAL) fillSpecial(lo, hi, length, row);
    else if ((hi & fields.newBits) === 0 && !hasSteps) g3.fill(lo, hi, offset, length, row);
    else if (length < (hi & 0xff) + ((hi >>> 8) & 0xff)) {
      throw broken('invalid', lo, hi, `whose prologue and epilogue fit into its ${length} bytes`);
    } else if (mode === MODE_RSP && fields.formOf(hi) !== fields.FORM_PLAIN) fillForm(lo, hi, offset, length, row);
    else if (mode === MODE_RSP || mode === MODE_RBP) fillPlain(lo, hi, offset, length, row);
    else throw broken('unsupported', lo, hi, 'with bits 63-48 clear in this mode');
  }

  epilogueSize(lo: number, hi: number): number {
    return g3.epilogueSize(lo, hi);
  }

  withEpilogueSize(lo: number, hi: number, size: number, out: Uint32Array): boolean {
    return g3.withEpilogueSize(lo, hi, size, out);
  }
}

const steps = 0x7ff << fields.stepCountShift;

/** What holds everywhere in the range. */
function fillSpecial(lo: number, hi: number, length: number, row: Row): void {
  const value = fields.specialValue(lo);
  const kind = fields.specialKind(lo);
  if (hi !== 0) throw broken('unsupported', lo, hi, 'with its high half clear');
  if (kind === fields.KIND_END && value > 0 && value <= fields.mostEndUnits) {
    startRow(row, x86_64, 0, length, x86_64.sp, 8 * value);
    addUndefined(row, x86_64.pc);
  } else if (kind === fields.KIND_PLT && value <= fields.lastPltOffset) {
    fillNull(row, 0, length, g3.order);
    row.cfaKind = CfaKind.expression;
    row.cfaColumn = 0;
    row.cfaLo = value * pltExpressionLength;
    row.cfaHi = pltExpressionLength;
    row.bytes = pltExpressions;
  } else throw broken('unsupported', lo, hi, 'of a known kind of mode 3');
}

/** G3's frames with arguments, another order or a step. */
function fillPlain(lo: number, hi: number, offset: number, length: number, row: Row): void {
  if ((hi & fields.plainReserved) !== 0) throw broken('unsupported', lo, hi, 'with its reserved bits clear');
  const order = fields.orderOf(hi) === fields.ORDER_REVERSED ? fields.reversedOrder : g3.order;
  const mask = lo & order.mask;
  const prologue = hi & 0xff;
  const epilogue = (hi >>> 8) & 0xff;
  const isFpFrame = modeOf(lo) === MODE_RBP;
  const units = (lo & 0x03ff_ffff) >>> 7;
  const isPossible = isFpFrame ? (mask & 1) === 1 : units > order.count[mask]!;
  if (order.distinct[mask] !== 1 || !isPossible)
    throw broken('invalid', lo, hi, 'that saves each register once, in its frame');
  if (isFpFrame) {
    const step = (lo >>> fields.stepShift) & fields.mostStep;
    const stepCount = (lo >>> fields.stepCountShift) & 7;
    const inner = (lo >>> 18) & 0xff;
    const isStep = step > 0 && step <= inner && stepCount > 0 && stepCount + 1 < order.count[mask]!;
    if (!isStep && (step !== 0 || stepCount !== 0)) {
      throw broken('invalid', lo, hi, 'whose step is in its inner prologue');
    }
    fillSteppedFrame(order, mask, prologue, inner, step, stepCount, epilogue, offset, length, row);
  } else fillRspFrame(order, mask, prologue, epilogue, units, offset, length, row);
  // Arguments are pushed in the body only.
  if (offset >= prologue && offset < length - epilogue)
    row.argsSize = 8 * ((hi >>> fields.argsShift) & fields.mostArgs);
}

function fillForm(lo: number, hi: number, offset: number, length: number, row: Row): void {
  const form = fields.formOf(hi);
  const isKnown = form === fields.FORM_SCHEDULED || form === fields.FORM_WIDE;
  if (!isKnown || (hi & fields.scheduledReserved) !== 0) throw broken('unsupported', lo, hi, 'of a known form');
  const mask = lo & fields.scheduledMask;
  const units = fields.scheduledUnits(lo);
  if (units <= fields.scheduledOrder.count[mask]!) throw broken('invalid', lo, hi, 'whose registers are in its frame');
  fillScheduledFrame(lo, hi, mask, units, offset, length, row);
}

/** The layout that Plumbline adds to the published ones; EXTENDED.md has it bit by bit. */
export const extended: DescriptorLayout = new ExtendedLayout();
