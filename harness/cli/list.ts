import { Command } from 'commander';
import { scenarios } from '../../generators/scenarios/registry.ts';
import { layOut } from '../../reports/terminal/index.ts';
import { unwinders } from '../unwinders/registry.ts';

/** `plumbline list` */
export function listCommand(): Command {
  return new Command('list')
    .description('list scenarios and unwinders')
    .option('--json', 'print one JSON object')
    .action((options: { json?: true }) => {
      console.log(options.json ? JSON.stringify(listing(), null, 2) : listText());
    });
}

function listing() {
  return {
    scenarios: scenarios.map(({ name, description, source, architectures, needs, count }) => ({
      name,
      description,
      source,
      architectures,
      needs,
      programs: { quick: count('quick'), full: count('full') },
    })),
    unwinders: unwinders.map(({ name, description, lacks }) => ({ name, description, lacks })),
  };
}

function listText(): string {
  return [
    'scenarios',
    ...layOut(scenarios.map(({ name, description }) => [{ text: `  ${name}` }, { text: description }])),
    '',
    'unwinders',
    ...layOut(unwinders.map(({ name, description }) => [{ text: `  ${name}` }, { text: description }])),
  ].join('\n');
}
