import { unicornFactory } from '../emulator/unicorn.ts';
import { unwinders } from '../unwinders/registry.ts';
import { serve } from './child-loop.ts';
import { describeError } from './judged-unwinder.ts';
import type { ProgramJob } from './plan.ts';
import type { ProgramResult } from './program-result.ts';
import { runProgram } from './run-program.ts';
import { suiteScenarios } from './suite-scenarios.ts';

/** What every child of a run is told. */
export interface SuiteSettings {
  readonly seed: string;
  /** Names. */
  readonly unwinders: readonly string[];
  readonly run?: number;
  readonly stop?: number;
}

/** What a child says of itself. */
export interface SuiteAbout {
  /** The emulator's name and version. */
  readonly emulator: string;
}

/** A program's result, or why it could not be generated, loaded or run. */
export type SuiteResult = { readonly program: ProgramResult } | { readonly problem: string };

serve<SuiteSettings, ProgramJob, SuiteAbout, SuiteResult>(async (settings) => {
  const emulators = unicornFactory();
  const scenarios = suiteScenarios();
  const chosen = unwinders.filter(({ name }) => settings.unwinders.includes(name));
  const only = {
    ...(settings.run !== undefined && { run: settings.run }),
    ...(settings.stop !== undefined && { stop: settings.stop }),
  };
  return {
    about: { emulator: emulators.version },
    work({ architecture, scenario, index }) {
      try {
        const generator = scenarios.find(({ name }) => name === scenario)!;
        const program = generator.generate(architecture, index, settings.seed);
        return { program: runProgram(program, { emulators, unwinders: chosen, ...only }) };
      } catch (error) {
        return { problem: describeError(error) };
      }
    },
  };
});
