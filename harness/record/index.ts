export type { CaseExplanation, CaseFrame, StackWord } from './case.ts';
export type { CatalogueEntry, CatalogueExample, CatalogueScenario } from './catalogue.ts';
export { type Explanation, type FailureExample, type FailureLine, isDeath, type ShrunkFailure } from './failure.ts';
export type { ProducerFaultLine } from './producer-fault.ts';
export { RecordError, readRecord } from './read.ts';
export {
  type EncodingCoverage,
  type FinalLine,
  type HeaderLine,
  type ProgramLine,
  type RecordLine,
  recordSchema,
  type SummaryLine,
  type Verdicts,
} from './schema.ts';
export { formatRecord } from './write.ts';
