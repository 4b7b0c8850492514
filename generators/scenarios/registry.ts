import { prologueScenarios } from './prologue.ts';
import type { Scenario } from './scenario.ts';

/** Every scenario, in the order of the summary table. */
export const scenarios: readonly Scenario[] = [...prologueScenarios];
