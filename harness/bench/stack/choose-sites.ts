import { AddressSpace, RuleCache, StackCursor, Step } from '../../../engine/index.ts';
import type { Random } from '../../../generators/random.ts';
import type { BenchModule, BenchStack } from '../bench-stack.ts';
import { openModule } from '../contenders/modules.ts';
import { buildStack } from './build-stack.ts';
import { type CallSite, findCallSites } from './call-site.ts';
import { type SyntheticModule, syntheticStack } from './synthetic-module.ts';

/** Frames of the stacks that paths are compared on. */
export const standardDepth = 128;
/** Functions on them save each of 0 to 6 registers equally often: with the return address, four a frame. */
const savedCounts = [0, 1, 2, 3, 4, 5, 6];
const sitesOfEachCount = 8;

/**
 * Call sites of a module that save 0 to 6 registers, equally many of each as far as there are such, in random order:
 * `spare` times as many as a standard stack has.
 */
export function balancedSites(module: BenchModule, random: Random, spare: number): CallSite[] {
  const opened = openModule(module, 'header');
  const wanted = spare * sitesOfEachCount;
  const groups = savedCounts.map((count) =>
    findCallSites(module, opened, random.derive(`saved ${count}`), wanted, ({ saved }) => saved.length === count),
  );
  return random.shuffle(groups.flat());
}

/** The counts of saved registers, of 0 to 6, that no call site found in a module has. */
export function missingSavedCounts(module: BenchModule, random: Random): number[] {
  const sites = balancedSites(module, random, 1);
  return savedCounts.filter((count) => !sites.some(({ saved }) => saved.length === count));
}

/**
 * A stack of `depth` frames over the call sites of 56 functions, in turn, none of which shares its cache slot with
 * another: warm, every lookup is a hit.
 */
export function standardStack(
  name: string,
  module: BenchModule,
  sites: readonly CallSite[],
  random: Random,
  depth = standardDepth,
): { stack: BenchStack; frames: readonly CallSite[] } {
  const { architecture } = module.elf;
  for (let attempt = 0; attempt < 200; attempt++) {
    const chosen = pickBalanced(sites, random);
    const frames = Array.from({ length: depth }, (_, i) => chosen[i % chosen.length]!);
    const stack = buildStack(name, architecture, [module], frames, random);
    if (warmMisses(stack) === 0) return { stack, frames };
  }
  throw new Error(`${name}: no stack without cache conflicts was found`);
}

function pickBalanced(sites: readonly CallSite[], random: Random): CallSite[] {
  const shuffled = random.shuffle(sites);
  const chosen = savedCounts.flatMap((count) =>
    shuffled.filter(({ saved }) => saved.length === count).slice(0, sitesOfEachCount),
  );
  return random.shuffle(chosen);
}

/** A synthetic stack on which, once the cache is warm, every lookup is a hit. */
export function hittingStack(module: SyntheticModule, random: Random, depth = standardDepth): BenchStack {
  for (let attempt = 0; attempt < 200; attempt++) {
    const stack = syntheticStack(module, random, depth);
    if (warmMisses(stack) === 0) return stack;
  }
  throw new Error(`${module.name}: no stack without cache conflicts was found`);
}

/** Lookups that miss a cache which has seen the whole stack before, without the one that ends the walk. */
export function warmMisses(stack: BenchStack): number {
  const cache = new RuleCache(stack.architecture);
  const space = new AddressSpace(
    stack.architecture,
    stack.modules.map((module) => openModule(module, 'header')),
  );
  const cursor = new StackCursor(space, { cache });
  const walk = (): number => {
    cursor.start(stack.memory, stack.registers);
    while (cursor.step() === Step.caller);
    return cache.counters.hits;
  };
  const first = walk();
  return stack.depth - (walk() - first);
}
