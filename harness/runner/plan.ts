import type { ArchitectureName } from '../../engine/index.ts';
import type { ScenarioMode } from '../../generators/scenarios/scenario.ts';
import type { SuiteScenario } from './suite-scenario.ts';

/** A program, by what generates it. */
export interface ProgramJob {
  readonly architecture: ArchitectureName;
  readonly scenario: string;
  readonly index: number;
  /** Unwinders that are not asked. Default: none. */
  readonly without?: readonly string[];
}

export interface PlanFilter {
  readonly mode: ScenarioMode;
  readonly architecture?: ArchitectureName;
  /** Only the program with this index of each scenario. */
  readonly program?: number;
}

const architectures: readonly ArchitectureName[] = ['x86-64', 'aarch64'];

/** Every program of the scenarios, in the order of records: architecture, scenario, index. */
export function planPrograms(scenarios: readonly SuiteScenario[], filter: PlanFilter): ProgramJob[] {
  const jobs: ProgramJob[] = [];
  for (const architecture of architectures) {
    if (filter.architecture !== undefined && filter.architecture !== architecture) continue;
    for (const scenario of scenarios) {
      if (!scenario.architectures.includes(architecture)) continue;
      for (let index = 0; index < scenario.count(filter.mode, architecture); index++) {
        if (filter.program !== undefined && filter.program !== index) continue;
        jobs.push({ architecture, scenario: scenario.name, index });
      }
    }
  }
  return jobs;
}
