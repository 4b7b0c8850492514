import { UnwindError } from '../errors.ts';
import { EntryHeader } from './entry-header.ts';
import { Fde } from './fde.ts';
import type { FrameSection } from './frame-section.ts';

/** Receives what a scan finds; the FDE object is reused for the next one. */
export interface ScanVisitor {
  fde(fde: Fde): void;
  /** `cieOffset` is -1 where the entry's CIE pointer could not be read. */
  broken(error: UnwindError, offset: number, cieOffset: number): void;
}

/**
 * Reads every FDE of a section in order. A broken entry is reported and passed over as long as its length tells where
 * the next one starts. A zero length ends `.eh_frame`; in `.debug_frame` it is padding.
 */
export function scanSection(section: FrameSection, visitor: ScanVisitor): void {
  const header = new EntryHeader();
  const fde = new Fde();
  const size = section.section.bytes.length;
  for (let offset = 0; offset < size; ) offset = scanEntry(section, offset, header, fde, visitor);
}

/** Reads the entry at an offset, as in `scanSection`; returns where the next one starts, or the section's size. */
export function scanEntry(
  section: FrameSection,
  offset: number,
  header: EntryHeader,
  fde: Fde,
  visitor: ScanVisitor,
): number {
  const size = section.section.bytes.length;
  header.cieOffset = -1;
  try {
    section.readHeader(offset, header);
    if (header.kind === 'fde') {
      section.readFde(offset, fde);
      visitor.fde(fde);
    } else if (header.kind === 'terminator' && section.kind === '.eh_frame') return size;
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    visitor.broken(error, offset, header.cieOffset);
    if (header.end === 0) return size;
  }
  return header.end;
}
