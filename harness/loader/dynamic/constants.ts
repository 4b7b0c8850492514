// System V gABI, chapter 5, "Dynamic Section"; the versions are GNU's (LSB, "Symbol Versioning").
export const DT_NULL = 0n;
export const DT_NEEDED = 1n;
export const DT_PLTRELSZ = 2n;
export const DT_HASH = 4n;
export const DT_STRTAB = 5n;
export const DT_SYMTAB = 6n;
export const DT_RELA = 7n;
export const DT_RELASZ = 8n;
export const DT_STRSZ = 10n;
export const DT_INIT = 12n;
export const DT_SONAME = 14n;
export const DT_SYMBOLIC = 16n;
export const DT_JMPREL = 23n;
export const DT_INIT_ARRAY = 25n;
export const DT_INIT_ARRAYSZ = 27n;
export const DT_RUNPATH = 29n;
export const DT_RPATH = 15n;
export const DT_FLAGS = 30n;
export const DT_RELRSZ = 35n;
export const DT_RELR = 36n;
export const DT_VERSYM = 0x6ffffff0n;
export const DT_FLAGS_1 = 0x6ffffffbn;
export const DT_VERDEF = 0x6ffffffcn;
export const DT_VERDEFNUM = 0x6ffffffdn;
export const DT_VERNEED = 0x6ffffffen;
export const DT_VERNEEDNUM = 0x6fffffffn;

export const DF_SYMBOLIC = 2n;
export const DF_1_PIE = 0x08000000n;

export const PT_INTERP = 3;
export const PT_TLS = 7;

export const STB_LOCAL = 0;
export const STB_WEAK = 2;
export const STT_OBJECT = 1;
export const STT_FUNC = 2;
export const STT_SECTION = 3;
export const STT_FILE = 4;
export const STT_TLS = 6;
export const STT_GNU_IFUNC = 10;
/** `st_other`: the low two bits are the visibility. */
export const STV_INTERNAL = 1;
export const STV_HIDDEN = 2;
export const STV_PROTECTED = 3;
