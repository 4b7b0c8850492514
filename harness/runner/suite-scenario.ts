import type { ArchitectureName } from '../../engine/index.ts';
import type { Scenario, ScenarioMode } from '../../generators/scenarios/scenario.ts';

/** A scenario of the suite: of generated programs, or of compiled ones, of which there is no choice for each architecture. */
export interface SuiteScenario extends Omit<Scenario, 'count'> {
  /** Number of programs for one of its architectures. */
  count(mode: ScenarioMode, architecture: ArchitectureName): number;
}
