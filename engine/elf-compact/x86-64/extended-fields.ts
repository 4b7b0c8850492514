/**
 * Where the fields of `extended` descriptors lie that G3 does not have; see EXTENDED.md. `lo` and `hi` are the halves of a
 * descriptor, and bits are counted from 0 in each.
 */
import { modeShift } from '../modes.ts';
import { registerOrder } from './register-order.ts';

/** Bits 31–30 of `hi`: how the rest of an RSP frame is to be read. */
export const FORM_PLAIN = 0;
/** Short gaps between the instructions of the prologue, and one in the epilogue. */
export const FORM_SCHEDULED = 1;
/** Longer gaps in the prologue. */
export const FORM_WIDE = 2;
const formShift = 30;

/** What G3 leaves clear in `hi`. */
export const newBits = 0xffff_0000;

/** Plain frames: units of 8 bytes of outgoing arguments that a landing pad pops, and which register order is used. */
export const argsShift = 16;
export const mostArgs = 15;
const orderShift = 20;
export const ORDER_G3 = 0;
export const ORDER_REVERSED = 1;
/** Bits of plain frames that have to be clear. */
export const plainReserved = 0xffe0_0000;

/** RBP frames: bytes of the inner prologue in which some registers are saved, and how many besides RBP. */
export const stepShift = 10;
export const stepCountShift = 7;
export const mostStep = 0xff;

/** Scheduled frames: six registers, frame size, gaps. */
export const scheduledMask = 0x3f;
const unitsShift = 6;
export const mostScheduledUnits = 0xff;
/** Bits of `hi` that have to be clear in scheduled and in wide frames. */
export const scheduledReserved = 0x3000_0000;
const gapsShift = 14;
const epilogueGapShift = 22;
const epiloguePositionShift = 26;
export const mostEpilogueGap = 15;
export const lastEpiloguePosition = 3;
/** Lengths of gaps in the form with short ones, by code. */
export const gapLengths: readonly number[] = [0, 2, 3, 5, 6, 7, 8, 10];
export const mostWideGap = 15;

/** Mode 3: states without prologue and epilogue, by bits 25–24 of `lo`. */
export const MODE_SPECIAL = 3;
const kindShift = 24;
/** There is no caller: the return address is undefined. Bits 18–0: units from RSP to the CFA. */
export const KIND_END = 0;
/** Entries of 16 bytes of a procedure linkage table, which push before the offset in bits 3–0. */
export const KIND_PLT = 1;
export const mostEndUnits = 0x7_ffff;
export const lastPltOffset = 15;

/** RBP, RBX, RBP, R12–R15: hand-written code pushes in this order. */
export const reversedOrder = registerOrder([6, 3, 6, 12, 13, 14, 15]);
/** GCC's, with one place for RBP. */
export const scheduledOrder = registerOrder([15, 14, 13, 12, 6, 3]);

export function formOf(hi: number): number {
  return hi >>> formShift;
}

function formBits(form: number): number {
  return (form << formShift) >>> 0;
}

export function orderOf(hi: number): number {
  return (hi >>> orderShift) & 1;
}

export function plainBits(order: number, args: number): number {
  return ((order << orderShift) | (args << argsShift)) >>> 0;
}

export function scheduledUnits(lo: number): number {
  return (lo >>> unitsShift) & mostScheduledUnits;
}

/** The length of the gap behind the k-th push, from 1 on, of scheduled and wide frames. */
export function gapAfterPush(lo: number, hi: number, k: number): number {
  if (formOf(hi) === FORM_WIDE) {
    return k <= 3 ? (lo >>> (gapsShift + 4 * (k - 1))) & 15 : (hi >>> (16 + 4 * (k - 4))) & 15;
  }
  return gapLengths[k <= 4 ? (lo >>> (gapsShift + 3 * (k - 1))) & 7 : (hi >>> (16 + 3 * (k - 5))) & 7]!;
}

/** The bits of mode-specific fields of a scheduled frame: low half in `out[0]`, high half in `out[1]`. */
export function scheduledBits(
  form: number,
  mask: number,
  units: number,
  gaps: ArrayLike<number>,
  epilogueGap: number,
  epiloguePosition: number,
  out: Uint32Array,
): void {
  let lo = mask | (units << unitsShift);
  let hi = 0;
  for (let k = 1; k <= 6; k++) {
    const gap = gaps[k]!;
    if (form === FORM_WIDE) {
      if (k <= 3) lo |= gap << (gapsShift + 4 * (k - 1));
      else hi |= gap << (16 + 4 * (k - 4));
    } else {
      const code = gapLengths.indexOf(gap);
      if (k <= 4) lo |= code << (gapsShift + 3 * (k - 1));
      else hi |= code << (16 + 3 * (k - 5));
    }
  }
  if (form === FORM_SCHEDULED) hi |= (epilogueGap << epilogueGapShift) | (epiloguePosition << epiloguePositionShift);
  out[0] = lo;
  out[1] = (hi >>> 0) + formBits(form);
}

export function epilogueGapOf(hi: number): number {
  return formOf(hi) === FORM_SCHEDULED ? (hi >>> epilogueGapShift) & mostEpilogueGap : 0;
}

/** How many registers were popped before the gap in the epilogue. */
export function epiloguePositionOf(hi: number): number {
  return formOf(hi) === FORM_SCHEDULED ? (hi >>> epiloguePositionShift) & lastEpiloguePosition : 0;
}

export function specialKind(lo: number): number {
  return (lo >>> kindShift) & 3;
}

/** The low half of a descriptor of mode 3. */
export function specialDescriptor(kind: number, value: number): number {
  return ((MODE_SPECIAL << modeShift) | (kind << kindShift) | value) >>> 0;
}

export function specialValue(lo: number): number {
  return lo & 0xff_ffff;
}
