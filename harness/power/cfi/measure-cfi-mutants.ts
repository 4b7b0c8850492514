import { fileURLToPath } from 'node:url';
import { mutationOperators } from '../../../generators/mutation/index.ts';
import { scenarios } from '../../../generators/scenarios/registry.ts';
import { matches } from '../../cli/glob.ts';
import type { CfiPower } from '../../record/power.ts';
import { type ProgramJob, planPrograms } from '../../runner/plan.ts';
import { type JobOutcome, runInChildren } from '../../runner/pool.ts';
import type { CfiResult, CfiSettings } from './cfi-child.ts';
import { CfiTally } from './cfi-tally.ts';

export interface CfiMutantOptions {
  readonly seed: string;
  /** Child processes. */
  readonly jobs: number;
  /** Globs of scenarios' names. Default: all. */
  readonly scenarios?: readonly string[];
  /** Called after each program. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** One program may have thousands of faults. */
const backstop = 900_000;

/**
 * Plants every single fault there can be in the call frame information of one program of each scenario and
 * architecture, and counts those at which the judge fails the engine first where the model says harm first.
 */
export async function measureCfiMutants(options: CfiMutantOptions): Promise<CfiPower> {
  const patterns = options.scenarios ?? ['*'];
  const chosen = scenarios.filter(({ name }) => patterns.some((pattern) => matches(pattern, name)));
  const jobs = planPrograms(chosen, { mode: 'quick', program: 0 });
  const results: CfiResult[] = [];
  let done = 0;
  await runInChildren<CfiSettings, ProgramJob, null, CfiResult>(
    {
      module: fileURLToPath(new URL('cfi-child.js', import.meta.url)),
      children: options.jobs,
      settings: { seed: options.seed },
      backstop,
    },
    jobs,
    (number, outcome: JobOutcome<CfiResult>) => {
      results[number] = 'died' in outcome ? { problem: outcome.died } : outcome.result;
      options.onProgress?.(++done, jobs.length);
    },
  );
  const tally = new CfiTally(mutationOperators);
  for (const [number, job] of jobs.entries()) tally.add(job, results[number]!);
  return tally.report();
}

/** The goal: nearly all faults that do harm are caught, and every program could be judged. */
export function isCfiPowerEnough({ share, problems }: CfiPower): boolean {
  return problems.length === 0 && share >= 0.995;
}
