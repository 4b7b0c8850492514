import { Command } from 'commander';
import { parseTask } from '../parse-task.ts';
import { type Area, areas, filesOf } from './areas.ts';
import { runStryker } from './run-stryker.ts';
import { MutationScoreError, sourcesDigest, writeScore } from './score.ts';
import { countMutants, survivorsOf } from './stryker-report.ts';
import { summarizeScore, summaryText } from './summary.ts';
import { explainSurvivors, readSurvivors, writeSurvivors } from './survivors.ts';

/**
 * `npm run mutation`: makes mutants of the engine's sources in `root`, area by area, and runs the tests against each.
 * Writes `score.json` and `survivors.json` after every area, so that one that is interrupted has what it found. Returns 0
 * where every survivor that must be explained is, 1 where not or where Stryker cannot run, 2 for wrong usage.
 */
export async function main(args: readonly string[], root: string): Promise<number> {
  const names = areas.map(({ name }) => name);
  const command = new Command('mutation')
    .description(`Mutation testing of engine/, by area: ${names.join(', ')}. Takes hours for all of them.`)
    .argument('[areas...]', 'only these areas')
    .option('--concurrency <number>', 'mutants at a time', '1');
  const status = parseTask(command, args);
  if (status !== undefined) return status;
  const unknown = command.args.find((wanted) => !names.includes(wanted));
  if (unknown !== undefined) {
    console.error(`mutation: there is no area ${unknown}; there are ${names.join(' ')}`);
    return 2;
  }
  const { concurrency } = command.opts<{ readonly concurrency: string }>();
  const chosen = areas.filter(({ name }) => command.args.length === 0 || command.args.includes(name));
  try {
    for (const area of chosen) measure(root, area, concurrency);
    for (const summary of summarizeScore(root)) console.log(summaryText(summary));
    const unexplained = readSurvivors(root).filter(({ why }) => why === '');
    for (const { file, line, mutant } of unexplained)
      console.log(`✗ ${file}:${line}: ${mutant}\n     survives unexplained`);
    return unexplained.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof MutationScoreError)) throw error;
    console.error(`✗ ${error.message}`);
    return 1;
  }
}

function measure(root: string, area: Area, concurrency: string): void {
  const files = filesOf(root, area);
  // Before the mutants run: what is changed meanwhile was not measured.
  const sources = sourcesDigest(root, files);
  const report = runStryker(root, area, files, concurrency);
  writeScore(root, report.framework.version, [{ area: area.name, sources, ...countMutants(report) }]);
  if (area.explained) {
    writeSurvivors(root, explainSurvivors(readSurvivors(root), [area.name], survivorsOf(report)));
  }
}
