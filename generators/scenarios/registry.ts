import { addressScenarios } from './address/index.ts';
import { containerScenarios } from './container/index.ts';
import { controlFlowScenarios } from './control-flow/index.ts';
import { damageScenarios } from './damage/index.ts';
import { dynamicScenarios } from './dynamic/index.ts';
import { pointerAuthenticationScenarios } from './pointer-authentication/index.ts';
import { prologueScenarios } from './prologue/index.ts';
import { randomScenarios } from './random/index.ts';
import { ruleScenarios } from './rules/index.ts';
import type { Scenario } from './scenario.ts';
import { signalScenarios } from './signal/index.ts';
import { tailDuplicationScenarios } from './tail-duplication/index.ts';
import { terminationScenarios } from './termination/index.ts';

/** Every scenario, in the order of the summary table. */
export const scenarios: readonly Scenario[] = [
  ...prologueScenarios,
  ...tailDuplicationScenarios,
  ...controlFlowScenarios,
  ...signalScenarios,
  ...terminationScenarios,
  ...damageScenarios,
  ...ruleScenarios,
  ...dynamicScenarios,
  ...pointerAuthenticationScenarios,
  ...addressScenarios,
  ...containerScenarios,
  ...randomScenarios,
];
