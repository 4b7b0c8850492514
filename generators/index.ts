export { type Feature, features, type Program, type Run, type Signal, type Stack } from './program.ts';
export { scenarios } from './scenarios/registry.ts';
export type { Scenario, ScenarioMode } from './scenarios/scenario.ts';
