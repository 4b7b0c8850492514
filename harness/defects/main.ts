import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { parseTask } from '../parse-task.ts';
import type { ProgramJob } from '../runner/plan.ts';
import { planPrograms } from '../runner/plan.ts';
import { WorkersError } from '../runner/pool.ts';
import { suiteScenarios } from '../runner/suite-scenarios.ts';
import { copyProject, damage } from './damaged-copy.ts';
import { type Defect, readDefects } from './defect.ts';
import { inOrder } from './in-order.ts';
import { PatchError } from './patch.ts';
import { controlText, defectText } from './report.ts';
import { type Caught, search, searchOrder } from './search.ts';

interface Flags {
  readonly patches: string;
  readonly seed: string;
}

/**
 * `npm run defects`: applies each known bug to a copy of the project in `root` and searches for a program that shows
 * it; then the same programs with the engine as it is. Returns 0 where every defect is caught and the control passes, 1
 * where not or where a patch does not apply, 2 for wrong usage.
 */
export async function main(args: readonly string[], root: string): Promise<number> {
  const command = new Command('defects')
    .description('Applies known bugs to copies of the sources and shows which scenario catches each.')
    .argument('[numbers...]', 'only the defects with these numbers')
    .option('--patches <folder>', 'where the patches are', join(root, 'test', 'defects'))
    .option('--seed <number>', 'decides the programs', '1');
  const status = parseTask(command, args);
  if (status !== undefined) return status;
  const { patches, seed } = command.opts<Flags>();
  try {
    const defects = readDefects(patches);
    const unknown = command.args.find((wanted) => !defects.some(({ number }) => number === Number(wanted)));
    if (unknown !== undefined) {
      const numbers = new Set(defects.map(({ number }) => number));
      console.error(`defects: there is no defect ${unknown}; there are ${[...numbers].join(' ')}`);
      return 2;
    }
    const chosen = defects.filter(
      ({ number }) => command.args.length === 0 || command.args.map(Number).includes(number),
    );
    return (await run(root, chosen, seed)) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof PatchError || error instanceof WorkersError)) throw error;
    console.error(`✗ ${error.message}`);
    return 1;
  }
}

async function run(root: string, defects: readonly Defect[], seed: string): Promise<boolean> {
  const start = performance.now();
  // Before anything runs: a patch that no longer applies is found at once.
  const damaged = defects.map((defect) => ({ defect, files: damage(root, defect) }));
  const programs: ProgramJob[] = [];
  let missed = 0;
  const searches = inOrder(damaged, async ({ defect, files }): Promise<Caught | undefined> => {
    const copy = copyProject(root, files);
    try {
      const order = searchOrder(suiteScenarios(), defect.caughtBy);
      return (await search(copy.folder, order, { seed, until: 'first' }, 1)).caught[0];
    } finally {
      copy.remove();
    }
  });
  for (const [i, { defect }] of damaged.entries()) {
    const caught = await searches[i];
    if (caught === undefined) missed++;
    else programs.push(caught.program);
    console.log(defectText(defect, caught));
  }
  const control = controlPrograms(defects, programs);
  const outcome = await search(root, control, { seed, until: 'end' }, availableParallelism());
  console.log(controlText(control.length, outcome));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${defects.length - missed} of ${defects.length} defects caught in ${seconds} s`);
  return missed === 0 && outcome.caught.length === 0;
}

/** The programs that caught something, and a sample of every scenario that is there to catch something. */
function controlPrograms(defects: readonly Defect[], caught: readonly ProgramJob[]): ProgramJob[] {
  const names = new Set([...defects.flatMap(({ caughtBy }) => caughtBy), ...caught.map(({ scenario }) => scenario)]);
  const sample = planPrograms(
    suiteScenarios().filter(({ name }) => names.has(name)),
    { mode: 'quick' },
  );
  return [...sample, ...caught.filter((program) => !sample.some((other) => same(program, other)))];
}

function same(a: ProgramJob, b: ProgramJob): boolean {
  return a.architecture === b.architecture && a.scenario === b.scenario && a.index === b.index;
}
