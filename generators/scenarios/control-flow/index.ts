import type { Scenario } from '../scenario.ts';
import { coldScenarios } from './cold.ts';
import { noreturnScenarios } from './noreturn.ts';
import { tailCallScenarios } from './tail-call.ts';

/** Ways from one function to another, and functions that are not one stretch of code with one entry and one FDE. */
export const controlFlowScenarios: readonly Scenario[] = [...tailCallScenarios, ...coldScenarios, ...noreturnScenarios];
