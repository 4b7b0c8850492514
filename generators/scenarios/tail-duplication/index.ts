import type { Scenario } from '../scenario.ts';
import { deepNesting } from './deep-nesting.ts';
import { epilogueScenarios } from './epilogues.ts';
import { frameScenarios } from './frames.ts';
import { manyReturns } from './many-returns.ts';
import { stateScenarios } from './states.ts';

/** Several ways out of one function: remembered states, and frames that come and go within one FDE. */
export const tailDuplicationScenarios: readonly Scenario[] = [
  ...epilogueScenarios,
  manyReturns,
  deepNesting,
  ...stateScenarios,
  ...frameScenarios,
];
