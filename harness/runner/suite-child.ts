import { unicornFactory } from '../emulator/unicorn.ts';
import { loadModuleFile, type ModuleFile } from '../unwinders/module/index.ts';
import { unwinders } from '../unwinders/registry.ts';
import type { Unwinder } from '../unwinders/unwinder.ts';
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
  /** Files that unwinders come from besides the registry. */
  readonly modules: readonly ModuleFile[];
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
  const loaded = await loadAll(settings.modules);
  const own = 'problem' in loaded ? [] : loaded.unwinders;
  const chosen = [...unwinders, ...own].filter(({ name }) => settings.unwinders.includes(name));
  const only = {
    ...(settings.run !== undefined && { run: settings.run }),
    ...(settings.stop !== undefined && { stop: settings.stop }),
  };
  return {
    about: { emulator: emulators.version },
    work({ architecture, scenario, index }) {
      if ('problem' in loaded) return loaded;
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

/** A module was loaded before, to be described: one that cannot be loaded again fails every program, not the run. */
async function loadAll(modules: readonly ModuleFile[]): Promise<{ unwinders: Unwinder[] } | { problem: string }> {
  try {
    const lists: Unwinder[][] = [];
    for (const module of modules) lists.push(await loadModuleFile(module));
    return { unwinders: lists.flat() };
  } catch (error) {
    return { problem: describeError(error) };
  }
}
