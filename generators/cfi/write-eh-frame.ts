import type { Fde } from './fde.ts';
import type { FrameLayout } from './frame-layout.ts';
import { type FrameSection, type FrameSectionContext, writeFrameSection } from './write-frame-section.ts';

/** Writes `.eh_frame` (LSB, "Exception Frames"), with its terminator unless the layout leaves it out. */
export function writeEhFrame(
  fdes: readonly Fde[],
  context: FrameSectionContext,
  layout: Omit<FrameLayout, 'ciesLast' | 'zeroWords'> = {},
): FrameSection {
  return writeFrameSection('.eh_frame', fdes, context, layout);
}
