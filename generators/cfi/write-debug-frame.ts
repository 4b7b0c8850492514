import type { Fde } from './fde.ts';
import type { FrameLayout } from './frame-layout.ts';
import { type FrameSection, type FrameSectionContext, writeFrameSection } from './write-frame-section.ts';

/** Writes `.debug_frame` (DWARF 5, section 6.4.1). */
export function writeDebugFrame(
  fdes: readonly Fde[],
  context: FrameSectionContext,
  layout: Omit<FrameLayout, 'terminator'> = {},
): FrameSection {
  return writeFrameSection('.debug_frame', fdes, context, layout);
}
