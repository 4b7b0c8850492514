import { join } from 'node:path';
import { Command } from 'commander';
import { byGroup } from '../../reports/catalogue/index.ts';
import { labelled, terminalWidth } from '../../reports/terminal/index.ts';
import { catalogue } from '../catalogue/catalogue.ts';
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
    scenarios: catalogue(scenarios),
    unwinders: unwinders.map(({ name, description, lacks, module }) => ({
      name,
      description,
      lacks,
      module,
    })),
  };
}

function listText(scenarios: readonly SuiteScenario[], unwinders: readonly UnwinderDescription[]): string {
  const hasCompiled = scenarios.some(({ name }) => name.startsWith('compiled/'));
  return [
    ...byGroup(catalogue(scenarios)).flatMap(([group, own]) => [
      `${group}/`,
      ...inTwoColumns(own.map(({ name, description }) => [name.slice(group.length + 1), description])),
    ]),
    ...(hasCompiled ? [] : ['', `no compiled programs: there is no ${join(compiledFolder, 'manifest.json')}`]),
    '',
    'unwinders',
    ...inTwoColumns(unwinders.map((unwinder) => [unwinder.name, aboutUnwinder(unwinder)])),
  ].join('\n');
}

/** Names, and beside them what there is to say, wrapped. */
function inTwoColumns(rows: readonly (readonly [name: string, text: string])[]): string[] {
  const widest = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.flatMap(([name, text]) => labelled(`  ${name.padEnd(widest)}  `, text, terminalWidth()));
}

function aboutUnwinder({ description, lacks }: UnwinderDescription): string {
  return lacks.length === 0 ? description : `${description} (lacks ${lacks.join(', ')})`;
}
