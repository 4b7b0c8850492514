export { type AssembledFunction, type AssembleOptions, type Assembly, assemble, textSize } from './assemble.ts';
export type { CodeFunction } from './code-function.ts';
export type { EmbeddedData, Instruction, Item } from './item.ts';
export { itemSize } from './item.ts';
export { padding } from './padding.ts';
