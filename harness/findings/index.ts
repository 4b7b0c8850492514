export { type FunctionEvidence, mergeEvidence } from './evidence.ts';
export type { ExecFinding } from './finding.ts';
export { findingLines, findingSentences } from './finding-text.ts';
export { type FunctionCfi, FunctionsCfi } from './function-cfi.ts';
export { EvidenceGatherer } from './gather-evidence.ts';
export { type ExecFindingKind, kindsOfExecFindings } from './kinds.ts';
export { type ExplainedFinding, explainFailures, makeFindings } from './make-findings.ts';
export { runTimeAddress } from './run-time-address.ts';
