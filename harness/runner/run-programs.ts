import { fileURLToPath } from 'node:url';
import { readAsking } from './asking.ts';
import type { Death, GatheredProgram } from './gather.ts';
import type { ProgramJob } from './plan.ts';
import { type PoolOptions, runInChildren } from './pool.ts';
import type { SuiteAbout, SuiteResult, SuiteSettings } from './suite-child.ts';

/**
 * Runs programs in child processes, in the order of `jobs`. A program of which an unwinder ends the process, or hangs, is
 * run again without that one, so that the others get their verdicts. `onDone` is called when a program is done with,
 * with its stops. Returns what a child said of itself, too.
 */
export async function runPrograms(
  jobs: readonly ProgramJob[],
  options: Omit<PoolOptions<SuiteSettings>, 'module'>,
  onDone: (stops: number) => void,
): Promise<{ readonly programs: GatheredProgram[]; readonly about: SuiteAbout | undefined }> {
  const module = fileURLToPath(new URL('suite-child.js', import.meta.url));
  const programs: GatheredProgram[] = [];
  const deaths = jobs.map((): Death[] => []);
  let about: SuiteAbout | undefined;
  let left = [...jobs.keys()];
  while (left.length > 0) {
    const again: number[] = [];
    const round = left.map((number) => ({
      ...jobs[number]!,
      without: deaths[number]!.map(({ unwinder }) => unwinder),
    }));
    const said = await runInChildren<SuiteSettings, ProgramJob, SuiteAbout, SuiteResult>(
      { ...options, module },
      round,
      (position, outcome) => {
        const number = left[position]!;
        const about = { job: jobs[number]!, deaths: deaths[number]! };
        if ('died' in outcome) {
          const at = readAsking(outcome.doing);
          if (at?.unwinder !== undefined) {
            deaths[number]!.push({ ...at, unwinder: at.unwinder, how: outcome.died, said: outcome.said });
            again.push(number);
            return;
          }
          programs[number] = { ...about, problem: outcome.died, ...(at !== undefined && { at }) };
        } else if ('problem' in outcome.result) programs[number] = { ...about, problem: outcome.result.problem };
        else programs[number] = { ...about, result: outcome.result.program };
        onDone('result' in outcome && 'program' in outcome.result ? outcome.result.program.stops : 0);
      },
    );
    about ??= said;
    left = again.sort((one, other) => one - other);
  }
  return { programs, about };
}
