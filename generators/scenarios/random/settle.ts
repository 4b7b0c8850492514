import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { callSteps, type End, endCalls, type Recipe, type RecipeFunction, type Step, type StepKind } from './recipe.ts';

/** Bits the x86-64 test of the selector reaches. */
const branchLimit = 30;
const branching: ReadonlySet<StepKind> = new Set(['return', 'return-anew', 'cold', 'divert']);

/**
 * Drops what a program could not do, so that every recipe is one whose programs end and execute all they have: calls
 * of nothing, returns of functions that must not return, functions that nobody calls, branches beyond the selector.
 */
export function settle(recipe: Recipe, architecture: ArchitectureName): Recipe {
  const { fuel } = recipe;
  // An entry that is called again would take the selector from a register that holds something else by then.
  const first = recipe.functions.some(({ steps }) => steps.some(({ kind }) => branching.has(kind))) ? 1 : 0;
  const returning = returningFunctions(recipe.functions);
  const functions = recipe.functions.map((one, index) => {
    const end = settledEnd(one.end, index, returning);
    return settleFunction({ ...one, end }, { index, returning, recurring: fuel > 0 ? first : undefined, architecture });
  });
  const reached = reachable(limitBranches(functions));
  const { handler } = recipe;
  if (handler === undefined || recipe.signals.length === 0) return { functions: reached, signals: [], fuel };
  const plainHandler = { ...handler, end: { kind: 'ret', value: 0 } as const };
  const settled = settleFunction(plainHandler, { index: 0, returning: [], recurring: undefined, architecture });
  // The selector decides nothing here: a handler runs in the midst of whatever the functions do.
  const steps = settled.steps.filter(({ kind }) => !branching.has(kind));
  return { functions: reached, handler: { ...settled, steps }, signals: recipe.signals, fuel };
}

/** By index, whether the function returns; those behind a function are all that its end can lead to. */
function returningFunctions(functions: readonly RecipeFunction[]): readonly boolean[] {
  const returning: boolean[] = [];
  for (let index = functions.length - 1; index >= 0; index--) {
    const { kind, value } = settledEnd(functions[index]!.end, index, returning);
    returning[index] = kind === 'ret' || (kind === 'tail' && returning[value]!);
  }
  return returning;
}

/** An end whose target is missing, or returns where it must not, becomes a return. */
function settledEnd(end: End, index: number, returning: readonly boolean[]): End {
  if (!endCalls(end)) return end;
  const target = end.value > index ? returning[end.value] : undefined;
  if (target === undefined || (end.kind === 'last' && target)) return { kind: 'ret', value: 0 };
  return end;
}

/** Where a function stands. */
interface Surroundings {
  readonly index: number;
  /** By index, whether each function returns. */
  readonly returning: readonly boolean[];
  /** The first function that may recur; undefined where none may. */
  readonly recurring: number | undefined;
  readonly architecture: ArchitectureName;
}

function settleFunction(one: RecipeFunction, surroundings: Surroundings): RecipeFunction {
  const { index, returning, recurring, architecture } = surroundings;
  const steps: Step[] = [];
  let entered = false;
  const enter = () => {
    if (!entered) steps.push({ kind: 'enter', value: 0 });
    entered = true;
  };
  for (const step of one.steps) {
    const { kind, value } = step;
    if (kind === 'enter') enter();
    else if (callSteps.has(kind)) {
      const isKnown =
        value < returning.length && (kind === 'recur' ? value >= (recurring ?? value + 1) : value > index);
      if (!isKnown || returning[value] !== (kind !== 'divert')) continue;
      // The link register must have been saved.
      if (architecture === 'aarch64') enter();
      steps.push(step);
    } else if (kind === 'clobber' && !entered) continue;
    else if ((kind === 'return' || kind === 'return-anew') && returning[index] === false) continue;
    else if (kind === 'push' || kind === 'push-anew') steps.push({ kind, value: Math.max(16, value & 0xff0) });
    else steps.push(step);
  }
  if (one.end.kind === 'last' && architecture === 'aarch64') enter();
  const calls = one.end.kind === 'last' || steps.some(({ kind }) => callSteps.has(kind));
  const { sign: _, ...unsigned } = one.style;
  const style =
    architecture === 'aarch64' ? one.style : { ...unsigned, vectors: 0, saved: Math.min(6, unsigned.saved) };
  return { ...one, style: { ...style, leaf: style.leaf && !calls }, steps };
}

/** The functions that the first leads to, in order, with the indices of their calls. */
function reachable(functions: readonly RecipeFunction[]): RecipeFunction[] {
  const reached = new Set<number>();
  const visit = (index: number) => {
    if (reached.has(index)) return;
    reached.add(index);
    const { steps, end } = functions[index]!;
    for (const { kind, value } of steps) if (callSteps.has(kind)) visit(value);
    if (endCalls(end)) visit(end.value);
  };
  visit(0);
  return renumber(
    functions,
    [...reached].sort((a, b) => a - b),
  );
}

/** Only the functions with these indices, ascending; calls of others point beyond the list. */
export function renumber(functions: readonly RecipeFunction[], kept: readonly number[]): RecipeFunction[] {
  const numbers = new Map(kept.map((old, index) => [old, index]));
  const target = (value: number) => numbers.get(value) ?? functions.length;
  return kept.map((old) => {
    const one = functions[old]!;
    const steps = one.steps.map((step) => (callSteps.has(step.kind) ? { ...step, value: target(step.value) } : step));
    return { ...one, steps, end: endCalls(one.end) ? { ...one.end, value: target(one.end.value) } : one.end };
  });
}

function limitBranches(functions: readonly RecipeFunction[]): RecipeFunction[] {
  let left = branchLimit;
  return functions.map((one) => ({
    ...one,
    steps: one.steps.filter(({ kind }) => !branching.has(kind) || left-- > 0),
  }));
}
