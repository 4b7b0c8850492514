import type { ByteReader } from './byte-reader.ts';

/** Which of the two sections call frame information is in; the layout of entries differs. */
export type FrameSectionKind = '.eh_frame' | '.debug_frame';

export type EntryKind = 'terminator' | 'cie' | 'fde';

/** The part that CIEs and FDEs have in common: length and CIE id or pointer. */
export class EntryHeader {
  kind: EntryKind = 'terminator';
  /** Offset of the length field. */
  offset = 0;
  /** First offset behind the entry; 0 where the length itself could not be read, so that nothing can follow. */
  end = 0;
  /** First offset behind the CIE id or pointer. */
  content = 0;
  /** Of an FDE: offset of its CIE. */
  cieOffset = 0;
}

/**
 * Reads what an entry starts with and leaves `reader` at the entry's content, unable to leave the entry.
 *
 * In the 64-bit format the length takes 12 bytes in both sections. The CIE id or pointer takes 8 bytes in
 * `.debug_frame` (DWARF 5, section 7.2.2), but 4 in `.eh_frame` (LSB "The .eh_frame section"). The pointer is an offset
 * from the start of `.debug_frame`, but counts backwards from itself in `.eh_frame`.
 */
export function readEntryHeader(reader: ByteReader, kind: FrameSectionKind, offset: number, header: EntryHeader): void {
  header.offset = offset;
  header.end = 0;
  reader.window(offset, reader.bytes.length);
  let length = reader.u32();
  let wide = false;
  if (length === 0xffffffff) {
    wide = true;
    length = reader.u64();
    if (reader.hi !== 0) throw reader.invalid('an entry that ends in the section', offset);
  }
  const idOffset = reader.position;
  const end = idOffset + length;
  if (end > reader.bytes.length) throw reader.invalid('an entry that ends in the section', offset);
  header.end = end;
  if (length === 0 && !wide) {
    header.kind = 'terminator';
    return;
  }
  reader.end = end;
  const id = wide && kind === '.debug_frame' ? reader.u64() : reader.u32();
  const idHi = wide && kind === '.debug_frame' ? reader.hi : 0;
  header.content = reader.position;
  if (kind === '.eh_frame' ? id === 0 : id === 0xffffffff && (!wide || idHi === 0xffffffff)) {
    header.kind = 'cie';
    return;
  }
  header.kind = 'fde';
  const cieOffset = kind === '.eh_frame' ? idOffset - id : id;
  if (idHi !== 0 || cieOffset < 0 || cieOffset >= reader.bytes.length) {
    throw reader.invalid('a CIE pointer into the section', idOffset);
  }
  header.cieOffset = cieOffset;
}
