export { pageSize } from './segments.ts';
export type { ElfFileOptions, ElfSection, ElfSymbol } from './types.ts';
export { writeElf } from './write-elf.ts';
