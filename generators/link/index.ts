export type { DataBlock } from './data-block.ts';
export { type LinkedProgram, linkProgram } from './link-program.ts';
export type { ExtraFde, LinkOptions, UnwindSection } from './options.ts';
