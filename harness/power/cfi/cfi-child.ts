import { describeError } from '../../describe-error.ts';
import { unicornFactory } from '../../emulator/unicorn.ts';
import { UnsayableError } from '../../model/index.ts';
import { serve } from '../../runner/child-loop.ts';
import type { ProgramJob } from '../../runner/plan.ts';
import { suiteScenarios } from '../../runner/suite-scenarios.ts';
import { type JudgedMutant, judgeMutants } from './judge-mutants.ts';

export interface CfiSettings {
  readonly seed: string;
}

/** A program's faults; or why the model has no words for it; or what went wrong. */
export type CfiResult =
  | { readonly mutants: readonly JudgedMutant[] }
  | { readonly unsayable: string }
  | { readonly problem: string };

serve<CfiSettings, ProgramJob, null, CfiResult>(async ({ seed }) => {
  const emulators = unicornFactory();
  const scenarios = suiteScenarios();
  return {
    about: null,
    work({ architecture, scenario, index }) {
      try {
        const program = scenarios.find(({ name }) => name === scenario)!.generate(architecture, index, seed);
        return { mutants: judgeMutants(program, emulators) };
      } catch (error) {
        return error instanceof UnsayableError ? { unsayable: error.message } : { problem: describeError(error) };
      }
    },
  };
});
