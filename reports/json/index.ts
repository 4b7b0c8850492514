export { type ArchitectureSummary, jsonSummary, type RunSummary, type UnwinderSummary } from './summary.ts';
