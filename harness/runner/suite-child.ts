import { describeError } from '../describe-error.ts';
import { unicornFactory } from '../emulator/unicorn.ts';
import type { ModuleFile } from '../unwinders/module/index.ts';
import { serve } from './child-loop.ts';
import { loadChosen } from './load-chosen.ts';
import type { ProgramJob } from './plan.ts';
import type { ProgramResult } from './program-result.ts';
import { runProgram } from './run-program.ts';
import { scenarioNamed, suiteScenarios } from './suite-scenarios.ts';

/** What every child of a run is told. */
export interface SuiteSettings {
  readonly seed: string;
  /** Names. */
  readonly unwinders: readonly string[];
  /** Files that unwinders come from besides the registry. */
  readonly modules: readonly ModuleFile[];
  readonly run?: number;
  readonly stop?: number;
  /** How many forms of a program with wrong call frame information to make, of so many programs a scenario. Default: none. */
  readonly wrong?: { readonly programs: number; readonly forms: number };
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
  const loaded = await loadChosen(settings.unwinders, settings.modules);
  const only = {
    ...(settings.run !== undefined && { run: settings.run }),
    ...(settings.stop !== undefined && { stop: settings.stop }),
  };
  return {
    about: { emulator: emulators.version },
    work({ architecture, scenario, index, without = [] }, trace) {
      if ('problem' in loaded) return loaded;
      try {
        const generator = scenarioNamed(scenarios, scenario)!;
        const program = generator.generate(architecture, index, settings.seed);
        const { programs = 0, forms = 0 } = settings.wrong ?? {};
        const wrongForms = index < programs ? forms : 0;
        const unwinders = loaded.unwinders.filter(({ name }) => !without.includes(name));
        return {
          program: runProgram(program, { emulators, unwinders, wrongForms, ...only, ...(trace && { trace }) }),
        };
      } catch (error) {
        return { problem: describeError(error) };
      }
    },
  };
});
