import type { PlainRules } from '../cache/plain-rules.ts';
import { UnwindError } from '../errors.ts';
import type { Row } from '../row/row.ts';
import type { RowSource } from '../row/source.ts';
import { Fde } from './fde.ts';
import { mixed } from './fde-index.ts';
import type { FrameSection } from './frame-section.ts';
import { FrameHeader, headerSection } from './header.ts';
import { ListRowSource } from './list-row-source.ts';
import type { SectionBytes } from './section-bytes.ts';

/**
 * Finds FDEs through the table of `.eh_frame_hdr`. The header is only an index: where it has no usable table (none, an
 * empty one, or a broken or unsupported header), the sorted list of the section takes its place.
 */
export class HeaderRowSource implements RowSource {
  /** What is wrong with the header; undefined where it could be read, even if it has no table. */
  readonly headerProblem: UnwindError | undefined;
  readonly #header: FrameHeader | undefined;
  readonly #section: FrameSection;
  readonly #list: ListRowSource;
  readonly #fde = new Fde();

  constructor(header: SectionBytes, section: FrameSection) {
    this.#section = section;
    this.#list = new ListRowSource([section]);
    try {
      const parsed = new FrameHeader(header, section.bases.absolute);
      if (parsed.count > 0) this.#header = parsed;
    } catch (error) {
      if (!(error instanceof UnwindError)) throw error;
      this.headerProblem = error;
    }
  }

  get sections(): readonly FrameSection[] {
    return [this.#section];
  }

  /** Whether FDEs are found through the header's table, and not through the list in its place. */
  get usesTable(): boolean {
    return this.#header !== undefined;
  }

  lookup(pcLo: number, pcHi: number, row: Row): boolean {
    const header = this.#header;
    if (header === undefined) return this.#list.lookup(pcLo, pcHi, row);
    if (!this.#find(header, pcLo, pcHi)) return false;
    this.#section.fillRow(this.#fde, pcLo, pcHi, row);
    return true;
  }

  /** As in `ListRowSource`. Throws `UnwindError` where the header leads to nothing usable. */
  fdeAt(section: FrameSection, lo: number, hi: number): number {
    const header = this.#header;
    if (header === undefined) return this.#list.fdeAt(section, lo, hi);
    return this.#find(header, lo, hi) ? this.#fde.offset : -1;
  }

  /** As in `ListRowSource`; `mixed` also where the header would have to be searched for more than one entry. */
  coveringFde(section: FrameSection, firstLo: number, firstHi: number, lastLo: number, lastHi: number): number {
    const header = this.#header;
    if (header === undefined) return this.#list.coveringFde(section, firstLo, firstHi, lastLo, lastHi);
    const entry = header.find(firstLo, firstHi);
    if (entry !== header.find(lastLo, lastHi)) return mixed;
    return entry < 0 ? -1 : header.fdeOffset(entry, section.bases.section);
  }

  /** Reads the FDE that covers an address; false where the header leads to none. */
  #find(header: FrameHeader, pcLo: number, pcHi: number): boolean {
    const section = this.#section;
    const fde = this.#fde;
    // An FDE without addresses must not hide the one before it that covers them.
    for (let entry = header.find(pcLo, pcHi); entry >= 0; entry--) {
      const offset = header.fdeOffset(entry, section.bases.section);
      if (offset < 0 || offset >= section.section.bytes.length) {
        throw new UnwindError('invalid', headerSection, -1, `expected entry ${entry} to point into ${section.kind}`);
      }
      section.readFde(offset, fde);
      if (fde.covers(pcLo, pcHi)) return true;
      if (!fde.isEmpty()) return false;
    }
    return false;
  }

  lookupPlain(pcLo: number, pcHi: number, rules: PlainRules): boolean {
    const header = this.#header;
    if (header === undefined) return this.#list.lookupPlain(pcLo, pcHi, rules);
    const entry = header.find(pcLo, pcHi);
    if (entry < 0) return false;
    const section = this.#section;
    return section.lookupPlain(header.fdeOffset(entry, section.bases.section), pcLo, pcHi, rules);
  }
}
