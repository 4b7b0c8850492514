import type { Fde } from './fde.ts';
import { type FrameSection, type FrameSectionContext, writeFrameSection } from './write-frame-section.ts';

/** Writes `.debug_frame` (DWARF 5, section 6.4.1); with `ciesLast`, every CIE stands behind the FDEs that use it. */
export function writeDebugFrame(
  fdes: readonly Fde[],
  context: FrameSectionContext,
  { ciesLast = false }: { readonly ciesLast?: boolean } = {},
): FrameSection {
  return writeFrameSection('.debug_frame', fdes, context, ciesLast);
}
