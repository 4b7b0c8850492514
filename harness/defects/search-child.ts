import { scenarios } from '../../generators/scenarios/registry.ts';
import { unicornFactory } from '../emulator/unicorn.ts';
import { serve } from '../runner/child-loop.ts';
import { describeError } from '../runner/judged-unwinder.ts';
import type { ProgramJob } from '../runner/plan.ts';
import { runProgram } from '../runner/run-program.ts';
import { unwinders } from '../unwinders/registry.ts';

export interface SearchSettings {
  readonly seed: string;
  /** After the first divergence the remaining programs are left out. */
  readonly untilFirst: boolean;
}

/** What became of a program: stops judged, and where the engine first went wrong. */
export type SearchResult =
  | { readonly stops: number; readonly divergence?: FirstDivergence }
  | { readonly leftOut: true };

export interface FirstDivergence {
  readonly unwinder: string;
  /** Absent where the program could not be run at all. */
  readonly at?: { readonly run: number; readonly stop: number; readonly pc: string };
  readonly message: string;
}

serve<SearchSettings, ProgramJob, undefined, SearchResult>(async ({ seed, untilFirst }) => {
  const emulators = unicornFactory();
  let found = false;
  return {
    about: undefined,
    work(job) {
      if (found && untilFirst) return { leftOut: true };
      const result = search(job);
      if ('divergence' in result) found = true;
      return result;
    },
  };

  function search({ architecture, scenario, index }: ProgramJob): SearchResult {
    try {
      const generator = scenarios.find(({ name }) => name === scenario)!;
      const { stops, failures } = runProgram(generator.generate(architecture, index, seed), { emulators, unwinders });
      const [first] = failures;
      if (first === undefined) return { stops };
      const { run, stop, pc, message } = first.example;
      return { stops, divergence: { unwinder: first.unwinder, at: { run, stop, pc }, message } };
    } catch (error) {
      return { stops: 0, divergence: { unwinder: 'all', message: describeError(error) } };
    }
  }
});
