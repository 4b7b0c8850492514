import type { Scenario } from '../scenario.ts';
import { boundaryScenarios } from './boundaries.ts';
import { coldScenarios } from './cold.ts';
import { farRowsScenario } from './far-rows.ts';
import { loopScenarios } from './loops.ts';
import { nonLocalJump } from './non-local-jump.ts';
import { noreturnScenarios } from './noreturn.ts';
import { pltScenarios } from './plt.ts';
import { recursionScenarios } from './recursion.ts';
import { tailCallScenarios } from './tail-call.ts';

/** Ways from one function to another, and functions that are not one stretch of code with one entry and one FDE. */
export const controlFlowScenarios: readonly Scenario[] = [
  ...tailCallScenarios,
  ...coldScenarios,
  farRowsScenario,
  ...noreturnScenarios,
  ...boundaryScenarios,
  ...loopScenarios,
  ...recursionScenarios,
  ...pltScenarios,
  nonLocalJump,
];
