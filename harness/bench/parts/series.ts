import { AddressSpace, RuleCache, StackCursor, Step } from '../../../engine/index.ts';
import type { Random } from '../../../generators/random.ts';
import type { BenchPoint, BenchReport } from '../../record/bench.ts';
import type { BenchStack, Contender } from '../bench-stack.ts';
import { locations } from '../contenders/locations.ts';
import { openModule } from '../contenders/modules.ts';
import { cached, header, precomputed, sortedIndex } from '../contenders/stack-cursor.ts';
import type { Effort } from '../measure/interleave.ts';
import { measureContenders } from '../measure/measure-contenders.ts';
import { spreadOf } from '../measure/statistics.ts';
import { buildStack } from '../stack/build-stack.ts';
import { warmMisses } from '../stack/choose-sites.ts';
import { syntheticModule, syntheticStack } from '../stack/synthetic-module.ts';

type Series = BenchReport['series'];

/** How cost depends on what: one thing varies in each series, all else stays. */
export function measureSeries(mode: BenchReport['mode'], stack: BenchStack, random: Random, effort: Effort): Series {
  const quick = mode === 'quick';
  return {
    hitRate: hitRate(quick ? [512, 4096] : [512, 1024, 2048, 4096, 8192], random, effort),
    savedRegisters: savedRegisters(quick ? [0, 3, 6] : [0, 1, 2, 3, 4, 5, 6], random, effort),
    depth: depth(quick ? [16, 512] : [8, 32, 128, 512, 2048], random, effort),
    functions: functions(quick ? [1e2, 1e4] : [1e2, 1e3, 1e4, 1e5, 1e6], random, effort),
    coldStart: coldStart(stack, quick ? 5 : 15),
  };
}

/** Stacks of more and more return addresses, all different, which meet in the slots as they happen to. */
function hitRate(counts: readonly number[], random: Random, effort: Effort): BenchPoint[] {
  const all = 8 * Math.max(...counts);
  const module = syntheticModule('hit rate', { functions: all, saved: (i) => i % 7 });
  const point = (stack: BenchStack, addresses: number): BenchPoint => {
    const hits = 1 - warmMisses(stack) / stack.depth;
    return pointOf(hits, `${(100 * hits).toFixed(1)} % hits, ${addresses} addresses`, stack, [cached], effort);
  };
  return [
    point(syntheticStack(module, random), 56),
    ...counts.map((count) => {
      const chosen = new Set<number>();
      while (chosen.size < count) chosen.add(random.below(all));
      const sites = Array.from(chosen, (i) => module.site(i));
      return point(buildStack(module.name, module.elf.architecture, [module], sites, random), count);
    }),
  ];
}

function savedRegisters(counts: readonly number[], random: Random, effort: Effort): BenchPoint[] {
  return counts.map((saved) => {
    const stack = syntheticStack(syntheticModule('saved registers', { functions: 56, saved: () => saved }), random);
    return pointOf(saved, `${saved} saved`, stack, [cached, locations, header], effort);
  });
}

function depth(depths: readonly number[], random: Random, effort: Effort): BenchPoint[] {
  const module = syntheticModule('depth', { functions: 56, saved: (i) => i % 7 });
  return depths.map((frames) =>
    pointOf(frames, `${frames} frames`, syntheticStack(module, random, frames), [cached, locations, header], effort),
  );
}

function functions(counts: readonly number[], random: Random, effort: Effort): BenchPoint[] {
  return counts.map((count) => {
    const stack = syntheticStack(syntheticModule('functions', { functions: count, saved: (i) => i % 7 }), random);
    return pointOf(count, `${count.toLocaleString('en')} functions`, stack, [cached, header, sortedIndex], effort);
  });
}

/**
 * A module opened anew and walked once, by code that is warm: milliseconds, and as a multiple of a warm cached walk.
 */
function coldStart(stack: BenchStack, times: number): BenchPoint[] {
  const warm = spreadOf(Array.from({ length: 50 }, () => cachedWalks(stack, 20))).median / 20;
  return [header, sortedIndex, cached, precomputed].map((contender) => {
    const milliseconds = spreadOf(
      Array.from({ length: times }, () => {
        const start = performance.now();
        contender.open(stack).walk();
        return performance.now() - start;
      }),
    ).median;
    return { at: milliseconds, label: contender.name, ratios: { 'warm cached walks': milliseconds / warm } };
  });
}

function cachedWalks({ architecture, modules, memory, registers }: BenchStack, times: number): number {
  const space = new AddressSpace(
    architecture,
    modules.map((module) => openModule(module, 'header')),
  );
  const cursor = new StackCursor(space, { cache: new RuleCache(architecture) });
  const walk = (): void => {
    cursor.start(memory, registers);
    while (cursor.step() === Step.caller);
  };
  walk();
  const start = performance.now();
  for (let i = 0; i < times; i++) walk();
  return performance.now() - start;
}

function pointOf(
  at: number,
  label: string,
  stack: BenchStack,
  contenders: readonly Contender[],
  effort: Effort,
): BenchPoint {
  const measured = measureContenders(stack, contenders, effort);
  return {
    at,
    label,
    ratios: Object.fromEntries(contenders.map(({ name }) => [name, measured.get(name)!.ratio.median])),
  };
}
