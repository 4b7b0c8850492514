import type { Scenario } from '../scenario.ts';
import { allocationScenarios } from './allocation.ts';
import { argumentScenarios } from './arguments.ts';
import { decoyScenarios } from './decoys.ts';
import { epilogueScenarios } from './epilogues.ts';
import { framePointerScenarios } from './frame-pointer.ts';
import { lazyScenarios } from './lazy.ts';
import { leafScenarios } from './leaf.ts';
import { orderScenarios } from './orders.ts';
import { pairScenarios } from './pairs.ts';
import { stackMoveScenarios } from './stack-moves.ts';
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
  ...framePointerScenarios,
  ...epilogueScenarios,
  ...stackMoveScenarios,
  ...argumentScenarios,
  ...leafScenarios,
  ...allocationScenarios,
  ...pairScenarios,
  ...decoyScenarios,
];
