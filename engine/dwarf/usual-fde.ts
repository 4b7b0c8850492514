import type { Cie } from './cie.ts';
import { DW_EH_PE_omit, DW_EH_PE_pcrel, DW_EH_PE_sdata4 } from './constants.ts';
import type { FrameSection } from './frame-section.ts';

/** What compilers use in position-independent code. */
const usualEncoding = DW_EH_PE_pcrel | DW_EH_PE_sdata4;

/** Length, CIE pointer, start, size, length of the augmentation data. */
export const fewestBytes = 17;

/** From this high half of the section's address on, what pointers count up to may be beyond the last address. */
const highestHalf = 0xffff_fffe;

/** Whether the FDEs of a CIE of a section have the layout of nearly all, which is read in haste. */
export function hasUsualFdes({ kind, bases }: FrameSection, cie: Cie): boolean {
  return (
    kind === '.eh_frame' &&
    bases.section.hi < highestHalf &&
    cie.fdeEncoding === usualEncoding &&
    cie.augmentationData &&
    (cie.lsdaEncoding === DW_EH_PE_omit || cie.lsdaEncoding === usualEncoding)
  );
}
