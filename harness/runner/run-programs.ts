import { fileURLToPath } from 'node:url';
import { readAsking } from './asking.ts';
import { Deaths } from './deaths.ts';
import type { GatheredProgram, ProgramOutcome } from './gather.ts';
import type { ProgramJob } from './plan.ts';
import { type JobOutcome, type PoolOptions, runInChildren, WorkersError } from './pool.ts';
import type { SuiteAbout, SuiteResult, SuiteSettings } from './suite-child.ts';

/**
 * Runs programs in child processes, in the order of `jobs`. A program of which an unwinder ends the process, or hangs, is
 * run again without that one, so that the others get their verdicts. `onDone` is called when a program is done with,
 * with its stops; `module` is what a child runs. Returns what a child said of itself, too.
 */
export async function runPrograms(
  jobs: readonly ProgramJob[],
  options: Omit<PoolOptions<SuiteSettings>, 'module'>,
  onDone: (stops: number) => void,
  module = fileURLToPath(new URL('suite-child.js', import.meta.url)),
): Promise<{ readonly programs: GatheredProgram[]; readonly about: SuiteAbout | undefined }> {
  const outcomes: ProgramOutcome[] = [];
  const deaths = new Deaths(jobs.length);
  /** Unwinders that each program was last given to a child without. */
  const excluded: string[][] = [];
  let about: SuiteAbout | undefined;

  const settle = (number: number, outcome: ProgramOutcome, stops = 0) => {
    outcomes[number] = outcome;
    onDone(stops);
  };

  /** False where the program is to be run again. */
  const take = (number: number, outcome: JobOutcome<SuiteResult>): boolean => {
    if ('result' in outcome) {
      const { result } = outcome;
      if ('problem' in result) settle(number, result);
      else settle(number, { result: result.program }, result.program.stops);
      return true;
    }
    const at = readAsking(outcome.doing);
    const who = at?.unwinder;
    // What a child writes is not believed blindly: each round must leave fewer unwinders.
    if (who !== undefined && options.settings.unwinders.includes(who) && !excluded[number]!.includes(who)) {
      deaths.add(number, { ...at!, unwinder: who, how: outcome.died, said: outcome.said });
      return false;
    }
    settle(number, { problem: outcome.died, ...(at !== undefined && { at }) });
    return true;
  };

  for (let round = 0, left = [...jobs.keys()]; left.length > 0; round++) {
    const again: number[] = [];
    // Looked at when a job is given to a child: by then more may be known.
    const current = left.map((number) => ({
      ...jobs[number]!,
      get without() {
        excluded[number] = deaths.without(number);
        return excluded[number];
      },
    }));
    try {
      const said = await runInChildren<SuiteSettings, ProgramJob, SuiteAbout, SuiteResult>(
        { ...options, module },
        current,
        (position, outcome) => {
          if (!take(left[position]!, outcome)) again.push(left[position]!);
        },
      );
      about ??= said;
    } catch (error) {
      if (!(error instanceof WorkersError) || round === 0) throw error;
      for (const number of left) settle(number, { problem: error.message });
    }
    left = again.sort((one, other) => one - other);
  }
  const programs = jobs.map((job, number): GatheredProgram => {
    return { job, deaths: deaths.of(number), notAsked: deaths.goneBefore(number), ...outcomes[number]! };
  });
  return { programs, about };
}
