export { FrameIndex, type FramePlace } from './frame-index.ts';
export { type Harm, HarmFinder, type Judgement, type RowOf } from './harm.ts';
export { InstructionEffects } from './instruction-effects.ts';
export { interpret, type RowTable } from './rows/interpret.ts';
export { type Malformed, type ModelRow, UnsayableError } from './rows/row.ts';
export { ModelError, SymbolicRun } from './symbolic-run.ts';
