export type { Feature, Program, Run, Signal, Stack } from './program.ts';
export { scenarios } from './scenarios/registry.ts';
export type { Scenario, ScenarioMode } from './scenarios/scenario.ts';
