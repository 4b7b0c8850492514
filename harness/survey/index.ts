export { Journal, JournalError } from './journal.ts';
export type { SurveySettings } from './result.ts';
export { runSurvey, type SurveyRecord } from './run-survey.ts';
export { checkPassable, parseSignatures, type Signatures, SignaturesError } from './signatures.ts';
export { isAllJudged } from './totals.ts';
