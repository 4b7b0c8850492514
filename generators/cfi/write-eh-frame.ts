import type { Fde } from './fde.ts';
import { type FrameSection, type FrameSectionContext, writeFrameSection } from './write-frame-section.ts';

/** Writes `.eh_frame` (LSB, "Exception Frames") with its terminator. */
export function writeEhFrame(fdes: readonly Fde[], context: FrameSectionContext): FrameSection {
  return writeFrameSection('.eh_frame', fdes, context, false);
}
