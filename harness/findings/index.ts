export { type FunctionEvidence, mergeEvidence } from './evidence.ts';
export type { ExecFinding } from './finding.ts';
export { findingLines, findingSentences } from './finding-text.ts';
export { FunctionsCfi } from './function-cfi.ts';
export { EvidenceGatherer } from './gather-evidence.ts';
export { type ExecFindingKind, kindsOfExecFindings } from './kinds.ts';
export { makeFindings } from './make-findings.ts';
export { runTimeAddress } from './run-time-address.ts';
