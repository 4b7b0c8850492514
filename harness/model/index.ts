export { differingOffsets, isSamePart, isSameRow } from './affected.ts';
export type { FrameIndex } from './frame-index.ts';
export type { Harm, HarmFinder, Judgement, WalkedFrame } from './harm.ts';
export { ProgramModel } from './program-model.ts';
export { interpret, type RowTable } from './rows/interpret.ts';
export { type Malformed, type ModelCfa, type ModelRow, type ModelRule, UnsayableError } from './rows/row.ts';
export { ModelError, type SymbolicRun } from './symbolic-run.ts';
