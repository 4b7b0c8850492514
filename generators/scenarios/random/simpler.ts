import { plainStyle } from '../../function/style.ts';
import { type Recipe, type RecipeFunction, type Step, type StepKind, stepKinds } from './recipe.ts';
import { renumber } from './settle.ts';

/** What a step may become that does less. */
const lesser: Partial<Record<StepKind, Step>> = {
  point: { kind: 'call', value: -1 },
  recur: { kind: 'call', value: -1 },
  return: { kind: 'push', value: 16 },
  'return-anew': { kind: 'push-anew', value: 16 },
  cold: { kind: 'work', value: 1 },
  work: { kind: 'work', value: 1 },
  push: { kind: 'push', value: 16 },
  'push-anew': { kind: 'push-anew', value: 16 },
};

/**
 * Recipes with less than a recipe has, the boldest first. None of them is settled, and some are no smaller once they
 * are: whoever takes one compares.
 */
export function* simplerRecipes(recipe: Recipe): Generator<Recipe> {
  const { functions, signals, fuel } = recipe;
  const with_ = (changed: readonly RecipeFunction[]): Recipe => ({ ...recipe, functions: changed });
  const indices = functions.map((_, index) => index);
  for (const index of indices.toReversed()) {
    if (index > 0) yield with_(renumber(functions, indices.slice(index)));
  }
  if (signals.length > 0) yield { ...recipe, signals: [] };
  if (signals.length > 1) for (const signal of signals) yield { ...recipe, signals: [signal] };
  if (fuel > 0) yield { ...recipe, fuel: 0 };
  if (fuel > 1) yield { ...recipe, fuel: 1 };
  for (const index of indices.toReversed()) {
    if (index > 0) yield with_(renumber(functions, indices.toSpliced(index, 1)));
  }
  for (const one of functionsOf(recipe)) {
    for (const simpler of simplerFunctions(one.function)) yield one.replaced(simpler);
  }
  // What is left of a program moves what a signal interrupts.
  if (signals.length === 1) for (let at = 0; at < 12; at++) yield { ...recipe, signals: [at] };
}

/** Every function of a recipe, the handler too, with the way to put another in its place. */
function functionsOf(recipe: Recipe): { function: RecipeFunction; replaced(by: RecipeFunction): Recipe }[] {
  const all: { function: RecipeFunction; replaced(by: RecipeFunction): Recipe }[] = recipe.functions.map(
    (one, index) => ({
      function: one,
      replaced: (by) => ({ ...recipe, functions: recipe.functions.with(index, by) }),
    }),
  );
  const { handler } = recipe;
  if (handler !== undefined) all.push({ function: handler, replaced: (by) => ({ ...recipe, handler: by }) });
  return all;
}

function* simplerFunctions(one: RecipeFunction): Generator<RecipeFunction> {
  const { steps, style, end } = one;
  for (let size = steps.length; size > 0; size = size >> 1) {
    for (let at = 0; at < steps.length; at += size) yield { ...one, steps: steps.toSpliced(at, size) };
  }
  yield { ...one, style: plainStyle, spelling: 'plain' };
  // Two changes at once: a plain frame may need another step to show the same.
  for (const step of steps) {
    const less = lesser[step.kind];
    if (less !== undefined && less.value >= 0) yield { ...one, style: plainStyle, spelling: 'plain', steps: [less] };
  }
  if (end.kind !== 'ret') yield { ...one, end: { kind: 'ret', value: 0 } };
  for (const [index, step] of steps.entries()) {
    // The call that does not return needs no branch where nothing comes after it.
    if (step.kind === 'divert') {
      yield { ...one, steps: steps.slice(0, index), end: { kind: 'last', value: step.value } };
    }
    const less = lesser[step.kind];
    if (less === undefined) continue;
    yield { ...one, steps: steps.with(index, less.value < 0 ? { ...less, value: step.value } : less) };
  }
  if (one.spelling !== 'plain') yield { ...one, spelling: 'plain' };
  for (const saved of [1, 2, style.saved >> 1]) if (saved < style.saved) yield { ...one, style: { ...style, saved } };
  if (style.locals > 16) yield { ...one, style: { ...style, locals: 16 } };
  for (const key of Object.keys(style)) {
    const { [key as keyof typeof style]: _, ...others } = style;
    yield { ...one, style: { ...plainStyle, ...others } };
  }
  yield { ...one, id: 1 };
}

/** How much there is in a recipe, besides its instructions: fewer steps, then earlier kinds, then smaller numbers. */
export function recipeWeight(recipe: Recipe): number {
  let weight = recipe.fuel + recipe.signals.reduce((sum, at) => sum + 100 + at, 0);
  for (const { function: one } of functionsOf(recipe)) {
    weight += 1000 + Object.keys(one.style).filter((key) => !isPlain(one, key)).length * 10;
    weight += (one.spelling === 'plain' ? 0 : 10) + (one.end.kind === 'ret' ? 0 : 5) + (one.id > 1 ? 1 : 0);
    weight += one.style.saved + one.style.locals / 16;
    for (const { kind, value } of one.steps) weight += 50 + stepKinds.indexOf(kind) / 100 + value / 100;
  }
  return weight;
}

function isPlain({ style }: RecipeFunction, key: string): boolean {
  return style[key as keyof typeof style] === plainStyle[key as keyof typeof style];
}
