import {
  DW_EH_PE_datarel,
  DW_EH_PE_indirect,
  DW_EH_PE_omit,
  ehFrameHdrSize,
  type Fde,
  type FrameSectionContext,
  writeDebugFrame,
  writeEhFrame,
  writeEhFrameHdr,
} from '../cfi/index.ts';
import { type ElfSection, pageSize } from '../elf/index.ts';
import type { LinkOptions } from './options.ts';
import { PointerSlots } from './pointer-slots.ts';

interface Placement extends LinkOptions {
  readonly textAddress: bigint;
  readonly gotAddress: bigint;
  readonly loadBias: bigint;
  addressOf(label: string): bigint;
}

/** Writes the sections with unwind information, behind `gotAddress`, and `.got` where a pointer encoding needs it. */
export function writeUnwindSections(fdes: readonly Fde[], placement: Placement): ElfSection[] {
  const { gotAddress, unwindSections = ['.eh_frame', '.eh_frame_hdr'] } = placement;
  const slots = new PointerSlots(gotAddress);
  const needsGot = fdes.some(({ cie }) =>
    [cie.pointerEncoding, cie.lsdaEncoding, cie.personality?.encoding].some(usesGot),
  );
  const sections: ElfSection[] = [];
  if (unwindSections.includes('.eh_frame')) {
    const hdr = unwindSections.includes('.eh_frame_hdr');
    // The size of .got decides where .eh_frame lies; only after writing .eh_frame once is it known.
    if (needsGot) writeEh(fdes, placement, slots, hdr, gotAddress);
    sections.push(...writeEh(fdes, placement, slots, hdr, gotAddress + BigInt(needsGot ? slots.size : 0)));
  } else if (unwindSections.includes('.eh_frame_hdr')) throw new Error('.eh_frame_hdr without .eh_frame');
  if (unwindSections.includes('.debug_frame')) {
    const { bytes } = writeDebugFrame(fdes, context(placement, slots, 0n), placement.debugFrame);
    sections.push({ name: '.debug_frame', address: 0n, bytes, access: 'none', alignment: 8 });
  }
  if (!needsGot) return sections;
  return [{ name: '.got', address: gotAddress, bytes: slots.bytes(), access: 'rw', alignment: 8 }, ...sections];
}

function writeEh(
  all: readonly Fde[],
  placement: Placement,
  slots: PointerSlots,
  hdr: boolean,
  end: bigint,
): ElfSection[] {
  const { searchTable: table = true, tableEncoding, inEhFrame, editHeader, behindEhFrame } = placement;
  const fdes = all.filter((_, i) => inEhFrame?.(i) ?? true);
  const count = fdes.filter(({ stale }) => !stale).length;
  const tableOptions = { table, ...(tableEncoding === undefined ? {} : { tableEncoding }) };
  const page = BigInt(pageSize);
  const address = ((end + page - 1n) / page) * page;
  const hdrSize = hdr ? ehFrameHdrSize(count, tableOptions) : 0;
  const ehFrameAddress = address + BigInt((hdrSize + 7) & ~7);
  const frame = writeEhFrame(fdes, context(placement, slots, ehFrameAddress), placement.ehFrame);
  const ehFrame = {
    name: '.eh_frame',
    address: ehFrameAddress,
    bytes: frame.bytes,
    access: 'r',
    alignment: 8,
  } as const;
  const behind: ElfSection[] =
    behindEhFrame === undefined
      ? []
      : [
          {
            name: '.gcc_except_table',
            address: ehFrameAddress + BigInt(frame.bytes.length),
            bytes: behindEhFrame,
            access: 'r',
            alignment: 1,
          },
        ];
  if (!hdr) return [ehFrame, ...behind];
  const header = writeEhFrameHdr(frame.fdes, { address, ehFrameAddress, ...tableOptions });
  const bytes = editHeader?.(header) ?? header;
  return [{ name: '.eh_frame_hdr', address, bytes, access: 'r', alignment: 4 }, ehFrame, ...behind];
}

function context(placement: Placement, slots: PointerSlots, sectionAddress: bigint): FrameSectionContext {
  return {
    architecture: placement.architecture,
    sectionAddress,
    textBase: placement.textAddress,
    dataBase: placement.gotAddress,
    addressOf: placement.addressOf,
    indirect(target) {
      if (placement.loadBias !== 0n) throw new Error('indirect pointers need a load bias of zero');
      return slots.slot(target);
    },
  };
}

function usesGot(encoding: number | undefined): boolean {
  if (encoding === undefined || encoding === DW_EH_PE_omit) return false;
  return (encoding & DW_EH_PE_indirect) !== 0 || (encoding & 0x70) === DW_EH_PE_datarel;
}
