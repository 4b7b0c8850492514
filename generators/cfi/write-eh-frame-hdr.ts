import { ByteWriter } from '../byte-writer.ts';
import {
  DW_EH_PE_datarel,
  DW_EH_PE_omit,
  DW_EH_PE_pcrel,
  DW_EH_PE_sdata4,
  DW_EH_PE_udata4,
  type PointerContext,
  writePointer,
} from './pointer.ts';
import type { WrittenFde } from './write-frame-section.ts';

/** Bytes of the header for a number of FDEs; 8 without a table. */
export function ehFrameHdrSize(fdeCount: number, table = true): number {
  return table ? 12 + 8 * fdeCount : 8;
}

/**
 * Writes `.eh_frame_hdr` (LSB, "The .eh_frame_hdr section"), version 1: a table sorted by start, the order of writing
 * deciding between equal ones, or no table at all. Throws a RangeError where something is out of 32 bits' reach.
 */
export function writeEhFrameHdr(
  fdes: readonly WrittenFde[],
  { address, ehFrameAddress, table = true }: { address: bigint; ehFrameAddress: bigint; table?: boolean },
): Uint8Array {
  const writer = new ByteWriter();
  const context: PointerContext = {
    sectionAddress: address,
    textBase: 0n,
    dataBase: address,
    indirect() {
      throw new RangeError('.eh_frame_hdr has no indirect pointers');
    },
  };
  const frameEncoding = DW_EH_PE_pcrel | DW_EH_PE_sdata4;
  const tableEncoding = DW_EH_PE_datarel | DW_EH_PE_sdata4;
  writer.u8(1);
  writer.u8(frameEncoding);
  writer.u8(table ? DW_EH_PE_udata4 : DW_EH_PE_omit);
  writer.u8(table ? tableEncoding : DW_EH_PE_omit);
  writePointer(writer, frameEncoding, ehFrameAddress, context);
  if (!table) return writer.finish();
  writer.u32(fdes.length);
  const sorted = fdes.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  for (const { start, offset } of sorted) {
    writePointer(writer, tableEncoding, start, context);
    writePointer(writer, tableEncoding, ehFrameAddress + BigInt(offset), context);
  }
  return writer.finish();
}
