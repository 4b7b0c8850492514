import type { ArchitectureName } from '../../engine/index.ts';
import {
  buildRecipe,
  formatRecipe,
  type Recipe,
  recipeNeeds,
  recipeWeight,
  settle,
  shrunkPrefix,
  simplerRecipes,
} from '../../generators/scenarios/random/index.ts';
import type { EmulatorFactory } from '../emulator/emulator.ts';
import type { FailureGroup } from '../runner/program-result.ts';
import { runProgram } from '../runner/run-program.ts';
import type { Unwinder } from '../unwinders/unwinder.ts';
import { type ListedFunction, listProgram } from './list-program.ts';

/** What must stay the same of a failure while its program gets smaller. */
export type FailureKind = Pick<FailureGroup, 'verdict' | 'divergence'>;

export interface ShrinkOptions {
  readonly architecture: ArchitectureName;
  readonly seed: string;
  readonly unwinder: Unwinder;
  readonly emulators: EmulatorFactory;
  /** Most programs that are run. */
  readonly attempts: number;
}

/** A small program that shows a failure of the same kind. */
export interface Shrunk {
  /** Names the program for ever, together with the seed and the architecture. */
  readonly scenario: string;
  readonly instructions: number;
  /** Programs that were run to find it. */
  readonly attempts: number;
  readonly failure: FailureGroup;
  readonly code: readonly ListedFunction[];
}

/** More instructions than any run of a small program needs. */
const limit = 100_000;

/** Whether a failure belongs to a stop, so that a smaller program may show it, too. */
export function canShrink({ verdict, divergence }: FailureKind): boolean {
  return verdict !== 'error' || divergence === 'exception';
}

/**
 * Takes away from a recipe whatever a failure of the same kind does not need, until nothing is left to take or the
 * attempts are used up. Deterministic. Undefined where the recipe's own program does not show the failure.
 */
export function shrinkRecipe(recipe: Recipe, kind: FailureKind, options: ShrinkOptions): Shrunk | undefined {
  const { architecture, seed } = options;
  const seen = new Set<string>();
  let attempts = 0;
  let best: Candidate | undefined;
  const attempt = (given: Recipe): boolean => {
    const settled = settle(given, architecture);
    const text = formatRecipe(settled);
    if (attempts >= options.attempts || seen.has(text)) return false;
    seen.add(text);
    attempts++;
    const tried = tryRecipe(settled, kind, options);
    if (tried === undefined || (best !== undefined && !isSmaller(tried, best))) return false;
    best = tried;
    return true;
  };
  attempt(recipe);
  while (best !== undefined && attempts < options.attempts) {
    if (!firstOf(simplerRecipes(best.recipe), attempt)) break;
  }
  if (best === undefined) return undefined;
  const scenario = shrunkPrefix + formatRecipe(best.recipe);
  const program = buildRecipe(best.recipe, architecture, seed, { scenario, index: 0, needs: recipeNeeds(best.recipe) });
  const { instructions, failure } = best;
  return { scenario, instructions, attempts, failure, code: listProgram(program, failure) };
}

interface Candidate {
  readonly recipe: Recipe;
  readonly instructions: number;
  readonly failure: FailureGroup;
}

function isSmaller(one: Candidate, other: Candidate): boolean {
  if (one.instructions !== other.instructions) return one.instructions < other.instructions;
  return recipeWeight(one.recipe) < recipeWeight(other.recipe);
}

/** The recipe with its failure of the kind, where its program is sound otherwise. */
function tryRecipe(recipe: Recipe, kind: FailureKind, options: ShrinkOptions): Candidate | undefined {
  const { architecture, seed, unwinder, emulators } = options;
  const names = { scenario: shrunkPrefix, index: 0, needs: recipeNeeds(recipe) };
  try {
    const program = buildRecipe(recipe, architecture, seed, names);
    const { failures } = runProgram(program, { emulators, unwinders: [unwinder], limit });
    if (!failures.every(canShrink)) return undefined;
    const failure = failures.find(
      ({ verdict, divergence }) => verdict === kind.verdict && divergence === kind.divergence,
    );
    return failure && { recipe, instructions: program.instructions.length, failure };
  } catch {
    // A recipe may ask for what no instruction can encode: it is just no candidate.
    return undefined;
  }
}

function firstOf<Item>(items: Iterable<Item>, found: (item: Item) => boolean): boolean {
  for (const item of items) if (found(item)) return true;
  return false;
}
