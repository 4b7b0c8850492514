/** Name of the section in errors. */
export const sectionName = '.eh_frame_hdr';
export const version = 2;
/** Header: version, pointer encoding, two zeros, and the places of personality array, dictionary, and number of pages. */
export const headerSize = 16;
export const personalitiesField = 4;
export const dictionaryField = 8;
export const pageCountField = 12;

/** First level: address of the first range, offset of the page, offset of the first LSDA entry of the page's functions. */
export const indexEntrySize = 12;
export const pageField = 4;
export const lsdaField = 8;
/** What the last entry has in place of a page's offset; nobody reads it. */
export const noPage = 0xdead_dead;

/** A page: number of entries, offset of its own descriptors in it (0: none), entries, descriptors. */
export const pageHeaderSize = 4;
export const mostPageBytes = 4096;
export const entrySize = 4;
/** An entry: bits 31–12 are the distance from the page's first address, 11–0 the number of the descriptor. */
export const distanceShift = 12;
export const mostDistance = 0xf_ffff;
export const numberMask = 0xfff;
/** Numbers from this one on are of the page's own descriptors: as many as a page of nothing else could have remain. */
export const firstOwnNumber = 3755;
export const descriptorSize = 8;

export const personalitySize = 4;
/** Function and LSDA, both counted from the section. */
export const lsdaEntrySize = 8;
