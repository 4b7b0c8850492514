export { codeBytes } from './code-bytes.ts';
export * from './constants.ts';
export type { ElfFile, ElfRelocation, ElfSection, ElfSegment, ElfSymbol } from './file.ts';
export { type ElfModuleOptions, openElfModule } from './open-module.ts';
export { readElf } from './read-elf.ts';
export { type NotedSection, type UnwindNote, unwindNoteSize, writeUnwindNote } from './unwind-note.ts';
