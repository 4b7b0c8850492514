import { join } from 'node:path';
import { Command } from 'commander';
import type { ScenarioMode } from '../../generators/scenarios/scenario.ts';
import { layOut } from '../../reports/terminal/index.ts';
import type { UnwinderDescription } from '../runner/run-suite.ts';
import type { SuiteScenario } from '../runner/suite-scenario.ts';
import { compiledFolder, suiteScenarios } from '../runner/suite-scenarios.ts';
import { chooseUnwinders, collect } from './choose-unwinders.ts';

/** `plumbline list` */
export function listCommand(): Command {
  return new Command('list')
    .description('list scenarios and unwinders')
    .option('--json', 'print one JSON object')
    .option('--unwinder <glob|file>', 'only unwinders whose names match, or those of a module; repeatable', collect)
    .action(async (options: { json?: true; unwinder?: readonly string[] }) => {
      const scenarios = suiteScenarios();
      const unwinders = await chooseUnwinders(options.unwinder ?? ['*']);
      const text = options.json
        ? JSON.stringify(listing(scenarios, unwinders), null, 2)
        : listText(scenarios, unwinders);
      console.log(text);
    });
}

function listing(scenarios: readonly SuiteScenario[], unwinders: readonly UnwinderDescription[]) {
  return {
    scenarios: scenarios.map((scenario) => ({
      name: scenario.name,
      description: scenario.description,
      about: scenario.about,
      source: scenario.source,
      architectures: scenario.architectures,
      needs: scenario.needs,
      programs: { quick: programs(scenario, 'quick'), full: programs(scenario, 'full') },
    })),
    unwinders: unwinders.map(({ name, description, lacks, module }) => ({
      name,
      description,
      lacks,
      module,
    })),
  };
}

/** Number of programs over all architectures. */
function programs(scenario: SuiteScenario, mode: ScenarioMode): number {
  return scenario.architectures.reduce((sum, architecture) => sum + scenario.count(mode, architecture), 0);
}

function listText(scenarios: readonly SuiteScenario[], unwinders: readonly UnwinderDescription[]): string {
  const hasCompiled = scenarios.some(({ name }) => name.startsWith('compiled/'));
  return [
    'scenarios',
    ...layOut(scenarios.map(({ name, description }) => [{ text: `  ${name}` }, { text: description }])),
    ...(hasCompiled ? [] : ['', `no compiled programs: there is no ${join(compiledFolder, 'manifest.json')}`]),
    '',
    'unwinders',
    ...layOut(unwinders.map((unwinder) => [{ text: `  ${unwinder.name}` }, { text: aboutUnwinder(unwinder) }])),
  ].join('\n');
}

function aboutUnwinder({ description, lacks }: UnwinderDescription): string {
  return lacks.length === 0 ? description : `${description} (lacks ${lacks.join(', ')})`;
}
