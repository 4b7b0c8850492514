import { join } from 'node:path';
import { Command } from 'commander';
import { catalogueHtml, catalogueMarkdown } from '../../reports/catalogue/index.ts';
import { checkOutput, writeOutput } from '../cli/output-file.ts';
import { UsageError } from '../cli/usage-error.ts';
import { parseTask } from '../parse-task.ts';
import { suiteScenarios } from '../runner/suite-scenarios.ts';
import { catalogue, catalogueEntries } from './catalogue.ts';
import { findingsFile, findingsPage } from './findings.ts';

/** Where the catalogue is kept. */
export const catalogueFile = 'CATALOGUE.md';

/** `npm run catalogue`: writes the pages of all scenarios and findings, or one of HTML with an example of each elsewhere. Returns the exit status. */
export function main(args: readonly string[], root: string): number {
  const command = new Command('catalogue')
    .description(
      `Writes ${catalogueFile}: what every scenario is about, and ${findingsFile}: what every finding means.`,
    )
    .option('--html <file>', 'write a page of HTML with examples to FILE instead; makes missing folders');
  const status = parseTask(command, args);
  if (status !== undefined) return status;
  try {
    const { html } = command.opts<{ html?: string }>();
    const scenarios = suiteScenarios();
    const file = html ?? join(root, catalogueFile);
    checkOutput(file);
    const page =
      html === undefined ? catalogueMarkdown(catalogue(scenarios)) : catalogueHtml(catalogueEntries(scenarios));
    writeOutput(file, page);
    if (html === undefined) writeOutput(join(root, findingsFile), findingsPage());
    console.log(`${scenarios.length} scenarios in ${html ?? catalogueFile}`);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`catalogue: ${error.message}`);
    return 2;
  }
}
