import { join } from 'node:path';
import { Command } from 'commander';
import type { ScenarioMode } from '../../generators/scenarios/scenario.ts';
import { layOut } from '../../reports/terminal/index.ts';
import type { SuiteScenario } from '../runner/suite-scenario.ts';
import { compiledFolder, suiteScenarios } from '../runner/suite-scenarios.ts';
import { defaultUnwinders, unwinders } from '../unwinders/registry.ts';

/** `plumbline list` */
export function listCommand(): Command {
  return new Command('list')
    .description('list scenarios and unwinders')
    .option('--json', 'print one JSON object')
    .action((options: { json?: true }) => {
      const scenarios = suiteScenarios();
      console.log(options.json ? JSON.stringify(listing(scenarios), null, 2) : listText(scenarios));
    });
}

function listing(scenarios: readonly SuiteScenario[]) {
  return {
    scenarios: scenarios.map((scenario) => ({
      name: scenario.name,
      description: scenario.description,
      source: scenario.source,
      architectures: scenario.architectures,
      needs: scenario.needs,
      programs: { quick: programs(scenario, 'quick'), full: programs(scenario, 'full') },
    })),
    unwinders: unwinders.map((unwinder) => ({
      name: unwinder.name,
      description: unwinder.description,
      lacks: unwinder.lacks,
      default: defaultUnwinders.includes(unwinder),
    })),
  };
}

/** Number of programs over all architectures. */
function programs(scenario: SuiteScenario, mode: ScenarioMode): number {
  return scenario.architectures.reduce((sum, architecture) => sum + scenario.count(mode, architecture), 0);
}

function listText(scenarios: readonly SuiteScenario[]): string {
  const hasCompiled = scenarios.some(({ name }) => name.startsWith('compiled/'));
  return [
    'scenarios',
    ...layOut(scenarios.map(({ name, description }) => [{ text: `  ${name}` }, { text: description }])),
    ...(hasCompiled ? [] : ['', `no compiled programs: there is no ${join(compiledFolder, 'manifest.json')}`]),
    '',
    'unwinders (* unless --unwinder asks for others)',
    ...layOut(
      unwinders.map((unwinder) => [
        { text: `${defaultUnwinders.includes(unwinder) ? '*' : ' '} ${unwinder.name}` },
        { text: unwinder.description },
      ]),
    ),
  ].join('\n');
}
