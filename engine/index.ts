export * from './architecture/index.ts';
export * from './elf/index.ts';
export { UnwindError, type UnwindErrorKind } from './errors.ts';
export { type Ending, FrameBuffer } from './frames.ts';
export { Memory, MemoryWindow } from './memory.ts';
export { CfaKind, Row, RuleKind } from './row/row.ts';
export type { RowSource } from './row/source.ts';
