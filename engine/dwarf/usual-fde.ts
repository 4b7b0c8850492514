import type { Cie } from './cie.ts';
import { DW_EH_PE_omit, DW_EH_PE_pcrel, DW_EH_PE_sdata4 } from './constants.ts';
import type { FrameSectionKind } from './entry-header.ts';

/** What compilers use in position-independent code. */
const usualEncoding = DW_EH_PE_pcrel | DW_EH_PE_sdata4;

/** Length, CIE pointer, start, size, length of the augmentation data. */
export const fewestBytes = 17;

/** Whether the FDEs of a CIE have the layout of nearly all, which is read in haste. */
export function hasUsualFdes(kind: FrameSectionKind, cie: Cie): boolean {
  return (
    kind === '.eh_frame' &&
    cie.fdeEncoding === usualEncoding &&
    cie.augmentationData &&
    (cie.lsdaEncoding === DW_EH_PE_omit || cie.lsdaEncoding === usualEncoding)
  );
}
