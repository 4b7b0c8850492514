import { Fde } from '../dwarf/fde.ts';
import type { FrameSection } from '../dwarf/index.ts';
import { UnwindError } from '../errors.ts';
import type { Row } from '../row/row.ts';
import type { RowSource } from '../row/source.ts';
import type { DescriptorLayout } from './descriptor-layout.ts';
import type { DescriptorIndex, DescriptorRange } from './linked-form.ts';
import { fdeOffsetOf, isPadding, MODE_DWARF, modeOf, withPersonality } from './modes.ts';
import { placeRow } from './place-row.ts';

const section = '.eh_frame_hdr';
/** Distances in the section have 32 bits. */
const reach = 2 ** 31;
const wrap = 2 ** 32;

export interface DescriptorSourceOptions {
  readonly index: DescriptorIndex;
  readonly layout: DescriptorLayout;
  /** Where the indexed section lies, in the address space lookups are made in. */
  readonly address: bigint;
  /** Has the FDEs of mode 7. */
  readonly frames: FrameSection | undefined;
}

/** Finds the descriptor of an address in a linked section and reads it; what has mode 7 is read from its FDE. */
export class DescriptorRowSource implements RowSource {
  readonly #index: DescriptorIndex;
  readonly #layout: DescriptorLayout;
  readonly #lo: number;
  readonly #hi: number;
  readonly #frames: FrameSection | undefined;
  /** What to add to an offset from the section to have one from the start of `#frames`. */
  readonly #toFrames: number;
  readonly #range: DescriptorRange = { start: 0, end: 0, lo: 0, hi: 0 };
  readonly #fde = new Fde();

  constructor({ index, layout, address, frames }: DescriptorSourceOptions) {
    this.#index = index;
    this.#layout = layout;
    this.#lo = Number(address & 0xffffffffn);
    this.#hi = Number((address >> 32n) & 0xffffffffn);
    this.#frames = frames;
    this.#toFrames = frames === undefined ? 0 : Number(address - frames.section.address);
  }

  lookup(pcLo: number, pcHi: number, row: Row): boolean {
    // Exact wherever it matters: halves that differ by more than one are out of reach.
    const distance = (pcHi - this.#hi) * wrap + (pcLo - this.#lo);
    if (distance < -reach || distance >= reach) return false;
    const range = this.#range;
    if (!this.#index.find(distance, range) || isPadding(range.lo, range.hi)) return false;
    if (modeOf(range.lo) === MODE_DWARF) return this.#fromFde(fdeOffsetOf(range.lo), pcLo, pcHi, row);
    const { start, end } = range;
    this.#layout.fill(withPersonality(range.lo, 0), range.hi, distance - start, end - start, row);
    const startLo = this.#lo + start;
    const startHi = this.#hi + Math.floor(startLo / wrap);
    if (startHi < 0 || this.#hi + Math.floor((this.#lo + end) / wrap) >= wrap) {
      throw new UnwindError('invalid', section, -1, 'expected a range in the address space');
    }
    placeRow(row, startLo >>> 0, startHi);
    row.section = section;
    return true;
  }

  #fromFde(offset: number, pcLo: number, pcHi: number, row: Row): boolean {
    const frames = this.#frames;
    if (frames === undefined) throw new UnwindError('missing', section, offset, 'expected an FDE, found no .eh_frame');
    const fdeOffset = offset + this.#toFrames;
    if (fdeOffset < 0 || fdeOffset >= frames.section.bytes.length) {
      throw new UnwindError('invalid', section, offset, `expected an FDE in ${frames.kind}`);
    }
    const fde = this.#fde;
    frames.readFde(fdeOffset, fde);
    // Behind its function, up to the next one, there is nothing.
    if (!fde.covers(pcLo, pcHi)) return false;
    frames.fillRow(fde, pcLo, pcHi, row);
    return true;
  }
}
