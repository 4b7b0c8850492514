import type { Scenario } from '../scenario.ts';
import { epilogueScenarios } from './epilogues.ts';

/** Several ways out of one function: remembered states, and frames that come and go within one FDE. */
export const tailDuplicationScenarios: readonly Scenario[] = [...epilogueScenarios];
