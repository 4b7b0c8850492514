import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ScenarioMode } from '../../generators/scenarios/scenario.ts';
import { type Defect, readDefects } from '../defects/defect.ts';
import { packageFolder } from '../package-folder.ts';
import type { CatalogueEntry, CatalogueScenario } from '../record/index.ts';
import type { SuiteScenario } from '../runner/suite-scenario.ts';
import { exampleOf } from './example.ts';

/** Scenarios as data, with the known bugs each is there to catch where the package has them. */
export function catalogue(scenarios: readonly SuiteScenario[]): CatalogueScenario[] {
  const defects = knownDefects();
  return scenarios.map((scenario) => ({
    name: scenario.name,
    group: groupOf(scenario.name),
    description: scenario.description,
    ...(scenario.about === undefined ? {} : { about: scenario.about }),
    source: scenario.source,
    architectures: scenario.architectures,
    needs: scenario.needs,
    programs: { quick: programs(scenario, 'quick'), full: programs(scenario, 'full') },
    defects: defects
      .filter(({ caughtBy }) => caughtBy.includes(scenario.name))
      .map(({ number, title, seenIn }) => ({ number, title, seenIn })),
  }));
}

/** The same with an example of each, for pages. Compiled scenarios have none. */
export function catalogueEntries(scenarios: readonly SuiteScenario[]): CatalogueEntry[] {
  return catalogue(scenarios).map((entry, i) => {
    const example = entry.group === 'compiled' ? undefined : exampleOf(scenarios[i]!);
    return example === undefined ? entry : { ...entry, example };
  });
}

export function groupOf(name: string): string {
  return name.slice(0, name.indexOf('/'));
}

function programs(scenario: SuiteScenario, mode: ScenarioMode): number {
  return scenario.architectures.reduce((sum, architecture) => sum + scenario.count(mode, architecture), 0);
}

/** Only a clone has them. */
function knownDefects(): readonly Defect[] {
  const folder = join(packageFolder(), 'test', 'defects');
  return existsSync(folder) ? readDefects(folder) : [];
}
