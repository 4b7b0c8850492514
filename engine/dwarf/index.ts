export { type FdeSummary, fdes, rowsOf } from './describe.ts';
export type { FrameSectionKind } from './entry-header.ts';
export { FrameSection, type FrameSectionOptions } from './frame-section.ts';
export { FrameHeader } from './header.ts';
export { HeaderRowSource } from './header-row-source.ts';
export { ListRowSource } from './list-row-source.ts';
export type { SectionBytes } from './section-bytes.ts';
export { dwarfEncoding } from './write/dwarf-encoding.ts';
export { type RewrittenFrames, rewriteFrames } from './write/rewrite-frames.ts';
