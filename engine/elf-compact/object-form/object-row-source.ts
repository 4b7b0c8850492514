import { Fde } from '../../dwarf/fde.ts';
import type { FrameSection } from '../../dwarf/index.ts';
import { UnwindError } from '../../errors.ts';
import type { Row } from '../../row/row.ts';
import type { RowSource } from '../../row/source.ts';
import type { DescriptorLayout } from '../descriptor-layout.ts';
import { isPadding, MODE_DWARF, modeOf, withPersonality } from '../modes.ts';
import { placeRow } from '../place-row.ts';
import { DescriptorCursor } from './descriptor-cursor.ts';

/** The FDEs of a section, those with the augmentation `C` or `K` and ordinary ones side by side. */
export class ObjectRowSource implements RowSource {
  readonly #section: FrameSection;
  readonly #layout: DescriptorLayout;
  readonly #cursor: DescriptorCursor;
  readonly #fde = new Fde();

  constructor(section: FrameSection, layout: DescriptorLayout) {
    this.#section = section;
    this.#layout = layout;
    this.#cursor = new DescriptorCursor(section);
  }

  lookup(pcLo: number, pcHi: number, row: Row): boolean {
    const section = this.#section;
    const fde = this.#fde;
    const offset = section.index.find(pcLo, pcHi);
    if (offset < 0) return false;
    section.readFde(offset, fde);
    if (fde.cie!.compact !== undefined) return this.#fromDescriptors((pcLo - fde.startLo) >>> 0, row);
    section.fillRow(fde, pcLo, pcHi, row);
    return true;
  }

  /** `distance` is counted from the function's start. */
  #fromDescriptors(distance: number, row: Row): boolean {
    const fde = this.#fde;
    const cursor = this.#cursor;
    cursor.open(fde);
    let start = -1;
    let end = cursor.size;
    let lo = 0;
    let hi = 0;
    while (cursor.next()) {
      if (cursor.start > distance) {
        end = cursor.start;
        break;
      }
      start = cursor.start;
      lo = cursor.lo;
      hi = cursor.hi;
    }
    if (start < 0 || isPadding(lo, hi)) return false;
    const { kind } = this.#section;
    if (modeOf(lo) === MODE_DWARF) {
      throw new UnwindError('invalid', kind, fde.offset, 'expected descriptors that do not refer to an FDE');
    }
    this.#layout.fill(withPersonality(lo, 0), hi, distance - start, end - start, row);
    const startLo = fde.startLo + start;
    placeRow(row, startLo >>> 0, fde.startHi + (startLo > 0xffffffff ? 1 : 0));
    row.functionLo = fde.startLo;
    row.functionHi = fde.startHi;
    row.section = kind;
    row.signalFrame = fde.cie!.signalFrame;
    // Descriptors may say it, too.
    if (fde.cie!.bKey) row.bKey = true;
    return true;
  }
}
