export type { CieOptions } from './cie-options.ts';
export { type AdvanceForm, type CfiDirective, cfi, type PlacedDirective } from './directive.ts';
export { type DwarfOperation, dwarf, expression } from './expression.ts';
export type { Fde, ProgramFrames } from './fde.ts';
export * from './pointer.ts';
export { writeDebugFrame } from './write-debug-frame.ts';
export { writeEhFrame } from './write-eh-frame.ts';
export { ehFrameHdrSize, writeEhFrameHdr } from './write-eh-frame-hdr.ts';
export type { FrameSection, FrameSectionContext, WrittenFde } from './write-frame-section.ts';
