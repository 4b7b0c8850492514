import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { Random } from '../../random.ts';
import type { Scenario, ScenarioMode } from '../scenario.ts';
import { buildRecipe, recipeNeeds } from './build-recipe.ts';
import { inventRecipe, type Taste } from './invent.ts';
import type { Recipe } from './recipe.ts';
import { parseRecipe } from './recipe-text.ts';

/** A scenario whose programs are made of recipes, so that a failing one can be made smaller. */
export interface RecipeScenario extends Scenario {
  recipe(architecture: ArchitectureName, index: number, seed: string): Recipe;
}

interface RecipePlan extends Pick<Scenario, 'name' | 'description' | 'about' | 'source' | 'needs'> {
  readonly programs: Readonly<Record<ScenarioMode, number>>;
  taste(random: Random): Taste;
}

export function recipeScenario({ programs, taste, ...about }: RecipePlan): RecipeScenario {
  const { name, needs } = about;
  const recipe = (architecture: ArchitectureName, index: number, seed: string): Recipe => {
    const random = new Random(`${seed}/${architecture}/${name}/${index}`);
    return inventRecipe(random, architecture, taste(random));
  };
  return {
    ...about,
    architectures: ['x86-64', 'aarch64'],
    count: (mode) => programs[mode],
    recipe,
    generate: (architecture, index, seed) =>
      buildRecipe(recipe(architecture, index, seed), architecture, seed, { scenario: name, index, needs }),
  };
}

export function isRecipeScenario(scenario: object): scenario is RecipeScenario {
  return 'recipe' in scenario;
}

/** What the name of a scenario begins with that consists of one program, whose recipe the rest of the name is. */
export const shrunkPrefix = 'random/shrunk:';

/** The scenario with such a name; throws a `RecipeError` where the rest is no recipe. */
export function shrunkScenario(name: string): RecipeScenario {
  const recipe = parseRecipe(name.slice(shrunkPrefix.length));
  const needs = recipeNeeds(recipe);
  return {
    name,
    description: 'the program of one recipe',
    about:
      'A random program as small as a failure can be shown with: what was not needed for it has been taken away, ' +
      'function by function and step by step.',
    source: 'a failure of a random program',
    architectures: ['x86-64', 'aarch64'],
    needs,
    count: () => 1,
    recipe: () => recipe,
    generate: (architecture, index, seed) => buildRecipe(recipe, architecture, seed, { scenario: name, index, needs }),
  };
}
