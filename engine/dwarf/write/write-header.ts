import { DW_EH_PE_datarel, DW_EH_PE_pcrel, DW_EH_PE_sdata4, DW_EH_PE_udata4 } from '../constants.ts';
import { ByteWriter } from './byte-writer.ts';

/** Version, three encodings, pointer to `.eh_frame`, number of entries. */
const fixedSize = 12;

/** Where in the address space, counted from the header, a function begins and where its FDE lies. */
export interface HeaderEntry {
  readonly start: number;
  readonly fde: number;
}

/** Bytes of a header with so many entries. */
export function headerSize(entries: number): number {
  return fixedSize + 8 * entries;
}

/**
 * `.eh_frame_hdr` (LSB, version 1): `ehFrame` is where `.eh_frame` begins, counted from the header; entries are ascending
 * by start, and all distances fit 32 bits.
 */
export function writeHeader(ehFrame: number, entries: readonly HeaderEntry[]): Uint8Array {
  const out = new ByteWriter();
  out.u8(1);
  out.u8(DW_EH_PE_pcrel | DW_EH_PE_sdata4);
  out.u8(DW_EH_PE_udata4);
  out.u8(DW_EH_PE_datarel | DW_EH_PE_sdata4);
  // The pointer counts from its own place.
  out.u32(ehFrame - out.length);
  out.u32(entries.length);
  for (const { start, fde } of entries) {
    out.u32(start);
    out.u32(fde);
  }
  return out.bytes;
}
