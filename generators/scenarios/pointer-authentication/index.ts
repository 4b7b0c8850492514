import type { Scenario } from '../scenario.ts';
import { signedChains } from './signed-chains.ts';
import { signedWithPcRows } from './signed-with-pc-rows.ts';

/** Return addresses that carry a pointer authentication code, real ones. */
export const pointerAuthenticationScenarios: readonly Scenario[] = [...signedChains, signedWithPcRows];
