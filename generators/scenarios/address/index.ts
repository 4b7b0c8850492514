import type { Scenario } from '../scenario.ts';
import { addressChains } from './chains.ts';
import { moduleScenarios } from './modules.ts';

/** Where code, stacks and unwind information lie. */
export const addressScenarios: readonly Scenario[] = [...addressChains, ...moduleScenarios];
