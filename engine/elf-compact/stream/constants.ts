import { DW_EH_PE_pcrel, DW_EH_PE_sdata4 } from '../../dwarf/constants.ts';

/** Name of the section in errors. */
export const streamSection = '.eh_frame_hdr';

/** Byte 0. The published paged form is 2, that of DWARF 1; the highest bit keeps ours apart from what may follow them. */
export const streamVersion = 0x81;
export const headerSize = 16;

/** Bytes of an entry of the descriptors' index: address, offset; of the LSDAs' index: address, LSDA, offset. */
export const indexEntrySize = 8;
export const lsdaIndexEntrySize = 12;

/** As in the other versions. */
export const addressEncoding = DW_EH_PE_pcrel | DW_EH_PE_sdata4;

/** Most bits of a code word. */
export const longestCode = 15;
/** Most symbols that the writer gives words to: with the few special ones all fit into `longestCode` bits. */
export const mostSymbols = 2 ** 14;

/** Bytes of symbols in the section. */
export const descriptorSymbolSize = 8;
export const lowSymbolSize = 4;
export const byteSymbolSize = 1;
/** Bytes of a descriptor's high half, each with a code of its own. */
export const highBytes = 4;

/** Blocks of so many records at most are shorter than 4 KiB, whatever they hold. */
export const mostRecordsPerBlock = 128;
/** What the writer makes: see FORMAT.md for what other numbers cost. */
export const mostAlignShift = 7;
export const recordsPerBlock = 16;
export const lsdasPerBlock = 32;

/** Low half of a descriptor symbol, or a low-half symbol: that of the record before, 0 in the first of a block. */
export const sameLow = 0xffff_ffff;
/** High half of a descriptor symbol whose low half is `sameLow`: the descriptor follows field by field. */
export const byFields = 0xffff_ffff;
/** A low-half symbol: the 32 bits follow as they are. */
export const rawLow = 0xffff_fffe;

/** In a length symbol: the range ends at a multiple of the alignment. */
export const alignedEnd = 0x80;
/** In a symbol of a distance between LSDAs: it is negative. */
export const negativeDistance = 0x40;
/** In both: how many bits the number has, the highest of which is not stored. */
export const bitCountMask = 0x3f;
