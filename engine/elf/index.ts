export * from './constants.ts';
export type { ElfFile, ElfRelocation, ElfSection, ElfSegment, ElfSymbol } from './file.ts';
export { readElf } from './read-elf.ts';
