import type { Scenario } from '../scenario.ts';
import { behindSignal } from './behind-signal.ts';
import { placedScenarios } from './placed.ts';
import { respelledScenarios } from './respelled.ts';
import { signedShapes } from './shapes.ts';
import { signedChains } from './signed-chains.ts';
import { signedWithPcRows } from './signed-with-pc-rows.ts';

/** Return addresses that carry a pointer authentication code, real ones. */
export const pointerAuthenticationScenarios: readonly Scenario[] = [
  ...signedChains,
  ...signedShapes,
  ...placedScenarios,
  ...respelledScenarios,
  behindSignal,
  signedWithPcRows,
];
