import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { CodeFunction } from '../../assembly/index.ts';
import { trampolineCode, trampolineFde, trampolineLabel, trampolinePadding } from '../../function/trampoline.ts';
import type { LinkedProgram } from '../../link/index.ts';
import type { Feature, Program, Run, Signal } from '../../program.ts';
import { Random } from '../../random.ts';
import { addressOf, buildProgram } from '../build-program.ts';
import { mainStack, ordinaryPlacement, type Placement } from '../placement.ts';
import { callSteps, endCalls, type Recipe, type RecipeFunction, type Step } from './recipe.ts';
import { settle } from './settle.ts';
import { writeFunction } from './write-function.ts';

const entryName = 'entry';
const handlerName = 'handler';
/** Recursion deeper than this gets a larger stack. */
const shallow = 16;

/** What a program made of a recipe is called. */
export interface RecipeNames {
  readonly scenario: string;
  readonly index: number;
  readonly needs: readonly Feature[];
}

/** What a recipe's programs need of an unwinder. */
export function recipeNeeds(recipe: Recipe): Feature[] {
  const functions = [...recipe.functions, ...(recipe.handler === undefined ? [] : [recipe.handler])];
  const says = (kind: string) => functions.some(({ steps }) => steps.some((step) => step.kind === kind));
  const hasSignals = recipe.handler !== undefined && recipe.signals.length > 0;
  const needs: Feature[] = ['callee-saved'];
  if (hasSignals) needs.push('signal-frames');
  if (hasSignals || says('say-sp-expression') || functions.some(({ spelling }) => spelling !== 'plain')) {
    needs.push('expressions');
  }
  if (says('say-sp') || says('say-sp-expression')) needs.push('stack-pointer-rule');
  if (functions.some(({ style }) => style.sign !== undefined)) needs.push('pointer-authentication');
  return needs;
}

/** The program of a recipe: the same recipe, architecture and seed give the same bytes, whatever it is called. */
export function buildRecipe(
  given: Recipe,
  architecture: ArchitectureName,
  seed: string,
  { scenario, index, needs }: RecipeNames,
): Program {
  const recipe = settle(given, architecture);
  const random = new Random(`${seed}/${architecture}/recipe`);
  const branches = selectorBits(recipe);
  const fuels = new Map<Step, string>();
  for (const { steps } of recipe.functions) {
    for (const step of steps) if (step.kind === 'recur') fuels.set(step, `fuel${fuels.size}`);
  }
  const nameOf = (number: number) => (number === 0 ? entryName : `function${number}`);
  const write = (one: RecipeFunction, name: string, storesSelector: boolean): CodeFunction[] =>
    writeFunction(one, {
      architecture,
      random: random.derive(one.id),
      name,
      nameOf,
      bitOf: (step) => branches.bits.get(step)!,
      fuelOf: (step) => fuels.get(step)!,
      storesSelector,
    });
  const { handler } = recipe;
  return buildProgram({
    scenario,
    needs,
    architecture,
    index,
    seed,
    placement: placementOf(recipe, random.derive('placement')),
    functions: [
      ...recipe.functions.flatMap((one, number) => write(one, nameOf(number), number === 0 && branches.bits.size > 0)),
      ...(handler === undefined ? [] : [...write(handler, handlerName, false), ...trampolineCode(architecture)]),
    ],
    padding: trampolinePadding,
    link: {
      entry: entryName,
      data: [...fuels.values()].map((label) => ({ label, bytes: littleEndian(recipe.fuel), writable: true })),
      ...(handler === undefined ? {} : { extraFdes: [trampolineFde(architecture)] }),
    },
    runs: (linked) => {
      const signals = handler === undefined ? [] : signalsOf(linked, recipe.signals);
      return branches.selectors.map(
        (selector): Run => ({ entry: addressOf(linked, entryName), start: 'call', arguments: [selector], signals }),
      );
    },
  });
}

interface SelectorBits {
  readonly bits: ReadonlyMap<Step, number>;
  /** One for each run: together they take every branch both ways. */
  readonly selectors: readonly bigint[];
}

/**
 * Numbers the steps that branch. The first run takes no diversion; what can only be reached by some is run with them.
 * Each further run takes one branch the other way.
 */
function selectorBits({ functions }: Recipe): SelectorBits {
  const bits = new Map<Step, number>();
  let main = 0n;
  for (const { steps } of functions) {
    for (const step of steps) {
      const { kind } = step;
      if (kind !== 'return' && kind !== 'return-anew' && kind !== 'cold' && kind !== 'divert') continue;
      if (kind === 'return' || kind === 'return-anew') main |= 1n << BigInt(bits.size);
      bits.set(step, bits.size);
    }
  }
  const ways = waysTo(functions, bits);
  const selectors = new Set([main]);
  for (const [index, { steps }] of functions.entries()) {
    for (const step of steps) {
      const bit = bits.get(step);
      if (bit !== undefined) selectors.add(main ^ ways[index]! ^ (1n << BigInt(bit)));
    }
  }
  return { bits, selectors: [...selectors] };
}

/** By function, the bits of the diversions that lead to it; 0 where none is needed. */
function waysTo(functions: readonly RecipeFunction[], bits: ReadonlyMap<Step, number>): readonly bigint[] {
  const ways: (bigint | undefined)[] = functions.map(() => undefined);
  const visit = (index: number, way: bigint) => {
    if (ways[index] !== undefined) return;
    ways[index] = way;
    const { steps, end } = functions[index]!;
    for (const { kind, value } of steps) if (callSteps.has(kind) && kind !== 'divert') visit(value, way);
    if (endCalls(end)) visit(end.value, way);
  };
  visit(0, 0n);
  for (let found = true; found; ) {
    found = false;
    for (const [index, { steps }] of functions.entries()) {
      const way = ways[index];
      if (way === undefined) continue;
      for (const step of steps) {
        if (step.kind !== 'divert' || ways[step.value] !== undefined) continue;
        visit(step.value, way ^ (1n << BigInt(bits.get(step)!)));
        found = true;
      }
    }
  }
  return ways.map((way) => way ?? 0n);
}

function signalsOf(linked: LinkedProgram, indices: readonly number[]): Signal[] {
  const own = linked.functions.filter(({ name }) => name.startsWith(entryName) || name.startsWith('function'));
  const places = linked.instructions.filter((at) => own.some(({ start, end }) => at >= start && at < end));
  const chosen = new Set(indices.map((index) => places[index % places.length]!));
  return [...chosen].map((at) => ({
    at,
    occurrence: 1,
    handler: addressOf(linked, handlerName),
    trampoline: addressOf(linked, trampolineLabel),
  }));
}

function placementOf({ fuel }: Recipe, random: Random): Placement {
  const placement = ordinaryPlacement(random);
  return fuel <= shallow ? placement : { ...placement, stacks: [mainStack(placement.stacks[0]!.start, 0x80000)] };
}

function littleEndian(value: number): Uint8Array {
  return new Uint8Array(new BigUint64Array([BigInt(value)]).buffer);
}
