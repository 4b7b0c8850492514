import { groupOf } from '../../generators/scenarios/scenario.ts';
import { describeError } from '../describe-error.ts';
import { unicornFactory } from '../emulator/unicorn.ts';
import { serve } from '../runner/child-loop.ts';
import type { ProgramJob } from '../runner/plan.ts';
import { runProgram } from '../runner/run-program.ts';
import { suiteScenarios } from '../runner/suite-scenarios.ts';
import { unwinders } from '../unwinders/registry.ts';

export interface SearchSettings {
  readonly seed: string;
  /** What is left out after a divergence: all other programs, those of the same group of scenarios, or none. */
  readonly until: 'first' | 'first of group' | 'end';
  /** Names of the only ones; without it, all. */
  readonly unwinders?: readonly string[];
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

serve<SearchSettings, ProgramJob, undefined, SearchResult>(async ({ seed, until, unwinders: names }) => {
  const emulators = unicornFactory();
  const scenarios = suiteScenarios();
  const chosen = unwinders.filter(({ name }) => names?.includes(name) ?? true);
  /** Groups in which there was a divergence. */
  const found = new Set<string>();
  return {
    about: undefined,
    work(job) {
      const group = groupOf(job.scenario);
      if (until === 'first' ? found.size > 0 : until === 'first of group' && found.has(group)) return { leftOut: true };
      const result = search(job);
      if ('divergence' in result) found.add(group);
      return result;
    },
  };

  function search({ architecture, scenario, index }: ProgramJob): SearchResult {
    try {
      const generator = scenarios.find(({ name }) => name === scenario)!;
      const program = generator.generate(architecture, index, seed);
      const { stops, failures } = runProgram(program, { emulators, unwinders: chosen });
      const [first] = failures;
      if (first === undefined) return { stops };
      const { run, stop, pc, message } = first.example;
      return { stops, divergence: { unwinder: first.unwinder, at: { run, stop, pc }, message } };
    } catch (error) {
      return { stops: 0, divergence: { unwinder: 'all', message: describeError(error) } };
    }
  }
});
