import { x86_64 } from '../../architecture/index.ts';
import type { Row } from '../../row/row.ts';
import { brokenDescriptor as broken } from '../broken-descriptor.ts';
import type { DescriptorLayout } from '../descriptor-layout.ts';
import { MODE_NULL, modeOf, modeShift } from '../modes.ts';
import { fillNull } from './frame-row.ts';
import { fillRbpFrame, fillRspFrame } from './frame-states.ts';
import { MODE_RBP, MODE_RSP } from './modes.ts';
import type { RegisterOrder } from './register-order.ts';

/** The low half: mode 31–29, personality 28–26, and 25–0 by mode; the high half: prologue 7–0, epilogue 15–8. */
const modeFields = 0x03ff_ffff;
const innerShift = 18;
const epilogueShift = 8;
const unusedHigh = 0xffff_0000;
/** Largest size of prologue, inner prologue and epilogue. */
export const mostBytes = 0xff;

export interface Descriptor {
  /** Unsigned halves. */
  readonly lo: number;
  readonly hi: number;
}

/** Sizes are bytes. */
export interface RbpFields {
  /** To the point where all registers are saved; may be less than `inner` where the range starts in the prologue. */
  readonly prologue: number;
  /** Of the prologue, what lies behind `mov rbp, rsp`. */
  readonly inner: number;
  /** From the point where RBP is restored to the range's end. */
  readonly epilogue: number;
  /** Saved registers; the first bit is RBP's and must be set. */
  readonly mask: number;
}

/** Sizes are bytes. */
export interface RspFields {
  readonly prologue: number;
  /** From behind the instruction that gives room back, or behind the first pop where there is none. */
  readonly epilogue: number;
  readonly mask: number;
  /** CFA - RSP in the body, in units of 8 bytes. */
  readonly frameUnits: number;
}

/** The published x86-64 descriptors. Their generations differ in the registers of the mask, and so in its width. */
export class PublishedLayout implements DescriptorLayout {
  readonly name: string;
  readonly architecture = x86_64;
  readonly order: RegisterOrder;
  /** Largest frame of an RSP frame. */
  readonly mostFrameUnits: number;
  readonly #maskWidth: number;
  /** Bits that have to be 0 in RBP frames. */
  readonly #reserved: number;

  constructor(name: string, order: RegisterOrder) {
    this.name = name;
    this.order = order;
    this.#maskWidth = order.columns.length;
    this.mostFrameUnits = modeFields >>> this.#maskWidth;
    this.#reserved = modeFields & ~order.mask & ~(mostBytes << innerShift);
  }

  /** Undefined where a field does not fit. */
  rbpDescriptor(fields: RbpFields): Descriptor | undefined {
    const { prologue, inner, epilogue, mask } = fields;
    if (!isSize(prologue) || !isSize(inner) || !isSize(epilogue) || !this.#isRbpMask(mask)) return undefined;
    const lo = (MODE_RBP << modeShift) | (inner << innerShift) | mask;
    return { lo: lo >>> 0, hi: (epilogue << epilogueShift) | prologue };
  }

  /** Undefined where a field does not fit. */
  rspDescriptor(fields: RspFields): Descriptor | undefined {
    const { prologue, epilogue, mask, frameUnits } = fields;
    if (!isSize(prologue) || !isSize(epilogue) || !this.#isRspMask(mask, frameUnits)) return undefined;
    if (frameUnits > this.mostFrameUnits) return undefined;
    const lo = (MODE_RSP << modeShift) | (frameUnits << this.#maskWidth) | mask;
    return { lo: lo >>> 0, hi: (epilogue << epilogueShift) | prologue };
  }

  fill(lo: number, hi: number, offset: number, length: number, row: Row): void {
    const { order } = this;
    const mode = modeOf(lo);
    const prologue = hi & mostBytes;
    const epilogue = (hi >>> epilogueShift) & mostBytes;
    const mask = lo & order.mask;
    if ((hi & unusedHigh) !== 0) throw broken('unsupported', lo, hi, 'with bits 63-48 clear');
    if (mode === MODE_NULL) {
      if (hi !== 0 || (lo & modeFields) !== 0) throw broken('unsupported', lo, hi, 'without fields in mode 0');
      fillNull(row, 0, length, order);
      return;
    }
    if (length < prologue + epilogue) {
      throw broken('invalid', lo, hi, `whose prologue and epilogue fit into its ${length} bytes`);
    }
    if (mode === MODE_RBP) {
      if ((lo & this.#reserved) !== 0) throw broken('unsupported', lo, hi, 'with its reserved bits clear');
      if (!this.#isRbpMask(mask)) throw broken('invalid', lo, hi, 'that saves rbp, once');
      const inner = (lo >>> innerShift) & mostBytes;
      fillRbpFrame(order, mask, prologue, inner, epilogue, offset, length, row);
    } else if (mode === MODE_RSP) {
      const frameUnits = (lo & modeFields) >>> this.#maskWidth;
      if (!this.#isRspMask(mask, frameUnits)) {
        throw broken('invalid', lo, hi, 'that saves each register once, in its frame');
      }
      fillRspFrame(order, mask, prologue, epilogue, frameUnits, offset, length, row);
    } else throw broken('unsupported', lo, hi, 'of mode 0, 1, 2 or 7');
  }

  epilogueSize(lo: number, hi: number): number {
    const mode = modeOf(lo);
    return mode === MODE_RBP || mode === MODE_RSP ? (hi >>> epilogueShift) & mostBytes : -1;
  }

  withEpilogueSize(lo: number, hi: number, size: number, out: Uint32Array): boolean {
    if (!isSize(size) || this.epilogueSize(lo, hi) < 0) return false;
    out[0] = lo;
    out[1] = (hi & ~(mostBytes << epilogueShift)) | (size << epilogueShift);
    return true;
  }

  /** RBP takes the first slot: `mov rbp, rsp` follows its push. */
  #isRbpMask(mask: number): boolean {
    return (mask & 1) !== 0 && this.order.distinct[mask] === 1;
  }

  /** The frame has room for the registers and the return address. */
  #isRspMask(mask: number, frameUnits: number): boolean {
    return this.order.distinct[mask] === 1 && frameUnits > this.order.count[mask]!;
  }
}

function isSize(size: number): boolean {
  return size >= 0 && size <= mostBytes;
}
