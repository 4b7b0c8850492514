import type { PlainRules } from '../cache/plain-rules.ts';
import type { Row } from '../row/row.ts';
import type { RowSource } from '../row/source.ts';
import { Fde } from './fde.ts';
import { mixed } from './fde-index.ts';
import type { FrameSection } from './frame-section.ts';

/** See `ListRowSource.coveringFde`: another section comes first. */
const elsewhere = -3;

/** Finds FDEs through the sorted lists of one or more sections; the first section that covers an address answers. */
export class ListRowSource implements RowSource {
  readonly sections: readonly FrameSection[];
  readonly #fde = new Fde();

  constructor(sections: readonly FrameSection[]) {
    this.sections = sections;
  }

  lookup(pcLo: number, pcHi: number, row: Row): boolean {
    for (const section of this.sections) {
      const offset = section.index.find(pcLo, pcHi);
      if (offset >= 0) {
        section.readFde(offset, this.#fde);
        section.fillRow(this.#fde, pcLo, pcHi, row);
        return true;
      }
    }
    return false;
  }

  lookupPlain(pcLo: number, pcHi: number, rules: PlainRules): boolean {
    const { sections } = this;
    for (let i = 0; i < sections.length; i++) {
      const section = sections[i]!;
      const offset = section.index.find(pcLo, pcHi);
      if (offset >= 0) return section.lookupPlain(offset, pcLo, pcHi, rules);
    }
    return false;
  }

  /** Offset of the FDE of a section that is found at an address, or -1. */
  fdeAt(section: FrameSection, lo: number, hi: number): number {
    for (const candidate of this.sections) {
      const offset = candidate.index.find(lo, hi);
      if (offset >= 0) return candidate === section ? offset : -1;
    }
    return -1;
  }

  /**
   * Offset of the FDE of a section that is found for every address from the first to the last given; -1 or `elsewhere`
   * where none of the section is, at any of them; `mixed` where they differ.
   */
  coveringFde(section: FrameSection, firstLo: number, firstHi: number, lastLo: number, lastHi: number): number {
    for (const candidate of this.sections) {
      const offset = candidate.index.findForAll(firstLo, firstHi, lastLo, lastHi);
      if (candidate === section) return offset;
      if (offset !== -1) return offset === mixed ? mixed : elsewhere;
    }
    return -1;
  }
}
