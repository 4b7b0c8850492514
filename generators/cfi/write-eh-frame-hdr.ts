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

/** The encoding of the table all linkers write. */
const usualTable = DW_EH_PE_datarel | DW_EH_PE_sdata4;

export interface EhFrameHdrOptions {
  readonly address: bigint;
  readonly ehFrameAddress: bigint;
  /** Default: true. */
  readonly table?: boolean;
  /** Encoding of the table's entries. Default: `DW_EH_PE_datarel | DW_EH_PE_sdata4`. */
  readonly tableEncoding?: number;
}

/** Bytes of the header for a number of FDEs; 8 without a table. */
export function ehFrameHdrSize(
  fdeCount: number,
  { table = true, tableEncoding = usualTable }: Pick<EhFrameHdrOptions, 'table' | 'tableEncoding'> = {},
): number {
  return table ? 12 + 2 * entrySize(tableEncoding) * fdeCount : 8;
}

/**
 * Writes `.eh_frame_hdr` (LSB, "The .eh_frame_hdr section"), version 1: a table sorted by start, the order of writing
 * deciding between equal ones, or no table at all. Throws a RangeError where something is out of the encodings' reach.
 */
export function writeEhFrameHdr(
  fdes: readonly WrittenFde[],
  { address, ehFrameAddress, table = true, tableEncoding = usualTable }: EhFrameHdrOptions,
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

/** Bytes of half an entry. A table is searched by halves, so that its entries must be of one size. */
function entrySize(tableEncoding: number): number {
  switch (tableEncoding & 0x07) {
    case 0:
    case 4:
      return 8;
    case 3:
      return 4;
    case 2:
      return 2;
    default:
      throw new RangeError(`a table of encoding 0x${tableEncoding.toString(16)} has no entries of one size`);
  }
}
