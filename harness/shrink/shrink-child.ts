import { isRecipeScenario } from '../../generators/scenarios/random/index.ts';
import { unicornFactory } from '../emulator/unicorn.ts';
import { serve } from '../runner/child-loop.ts';
import { loadChosen } from '../runner/load-chosen.ts';
import type { ProgramJob } from '../runner/plan.ts';
import type { SuiteSettings } from '../runner/suite-child.ts';
import { scenarioNamed, suiteScenarios } from '../runner/suite-scenarios.ts';
import { type FailureKind, type Shrunk, shrinkRecipe } from './shrink-recipe.ts';

/** A failure to be shown by a smaller program. */
export interface ShrinkJob extends ProgramJob, FailureKind {
  readonly unwinder: string;
  readonly attempts: number;
}

export type ShrinkResult = { readonly shrunk: Shrunk } | { readonly nothing: true };

serve<SuiteSettings, ShrinkJob, null, ShrinkResult>(async ({ seed, unwinders, modules }) => {
  const emulators = unicornFactory();
  const loaded = await loadChosen(unwinders, modules);
  return {
    about: null,
    work({ architecture, scenario, index, attempts, ...kind }) {
      const generator = scenarioNamed(suiteScenarios(), scenario);
      const unwinder = 'problem' in loaded ? undefined : loaded.unwinders.find(({ name }) => name === kind.unwinder);
      if (unwinder === undefined || generator === undefined || !isRecipeScenario(generator)) return { nothing: true };
      const recipe = generator.recipe(architecture, index, seed);
      const shrunk = shrinkRecipe(recipe, kind, { architecture, seed, unwinder, emulators, attempts });
      return shrunk === undefined ? { nothing: true } : { shrunk };
    },
  };
});
