import type { Scenario } from '../scenario.ts';
import { lazyScenarios } from './lazy.ts';
import { orderScenarios } from './orders.ts';
import { styleScenarios } from './styles.ts';
import { subsets } from './subsets.ts';
import { timingScenarios } from './timing.ts';

/** How functions build and tear down their frames. */
export const prologueScenarios: readonly Scenario[] = [
  ...styleScenarios,
  subsets,
  ...orderScenarios,
  ...timingScenarios,
  ...lazyScenarios,
];
