export { ArgumentError, parseArguments } from './arguments.ts';
export { Attributor, Attributors, type Blame, type ReadelfRows } from './attribution.ts';
export { execInChild } from './exec-in-child.ts';
export { type AttributedFailure, type ExecReport, makeReport } from './exec-report.ts';
export { execText } from './exec-text.ts';
export { executeFunction, placeToEnter } from './execute-function.ts';
export { type LoadedFile, loadFile, makeReady, type ReadyProgram } from './load-file.ts';
export type { ExecFailure, ExecJob, ExecResult } from './result.ts';
