export { type AssembledFunction, type AssembleOptions, type Assembly, assemble, textSize } from './assemble.ts';
export type { CodeFunction } from './code-function.ts';
export type { Instruction, Item } from './item.ts';
