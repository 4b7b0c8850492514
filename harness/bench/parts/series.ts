import { AddressSpace, type Module, precompute, RuleCache, StackCursor, Step } from '../../../engine/index.ts';
import type { Random } from '../../../generators/random.ts';
import type { BenchPoint, BenchReport } from '../../record/bench.ts';
import type { BenchModule, BenchStack, Contender } from '../bench-stack.ts';
import { cachedCursor } from '../contenders/capture.ts';
import { locations } from '../contenders/locations.ts';
import { openModuleAnew } from '../contenders/modules.ts';
import { cached, header, sortedIndex } from '../contenders/stack-cursor.ts';
import type { Effort } from '../measure/interleave.ts';
import { measureContenders } from '../measure/measure-contenders.ts';
import { spreadOf } from '../measure/statistics.ts';
import { buildStack } from '../stack/build-stack.ts';
import { hittingStack, warmMisses } from '../stack/choose-sites.ts';
import { syntheticModule } from '../stack/synthetic-module.ts';

type Series = BenchReport['series'];

/** How cost depends on what: one thing varies in each series, all else stays. */
export function measureSeries(mode: BenchReport['mode'], stack: BenchStack, random: Random, effort: Effort): Series {
  const quick = mode === 'quick';
  return {
    hitRate: hitRate(quick ? [512, 4096] : [512, 1024, 2048, 4096, 8192], random, effort),
    savedRegisters: savedRegisters(quick ? [0, 3, 6] : [0, 1, 2, 3, 4, 5, 6], random, effort),
    depth: depth(quick ? [16, 512] : [8, 32, 128, 512, 2048], random, effort),
    functions: functions(quick ? [1e2, 1e4] : [1e2, 1e3, 1e4, 1e5, 1e6], random, effort),
    coldStart: coldStart(stack, quick ? 3 : 9),
  };
}

/** Stacks of more and more return addresses, all different, which meet in the slots as they happen to. */
function hitRate(counts: readonly number[], random: Random, effort: Effort): BenchPoint[] {
  const all = 8 * Math.max(...counts);
  const module = syntheticModule('hit rate', { functions: all, saved: (i) => i % 7 });
  const point = (stack: BenchStack, addresses: number): BenchPoint => {
    const hits = 1 - warmMisses(stack) / stack.depth;
    const label = `${(100 * hits).toFixed(1)} % hits, ${addresses.toLocaleString('en')} addresses`;
    return pointOf(hits, label, stack, [cached], effort);
  };
  return [
    point(hittingStack(module, random), 56),
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
    const stack = hittingStack(syntheticModule('saved registers', { functions: 560, saved: () => saved }), random);
    return pointOf(saved, `${saved} saved`, stack, [cached, locations, header], effort);
  });
}

function depth(depths: readonly number[], random: Random, effort: Effort): BenchPoint[] {
  const module = syntheticModule('depth', { functions: 560, saved: (i) => i % 7 });
  return depths.map((frames) =>
    pointOf(frames, `${frames} frames`, hittingStack(module, random, frames), [cached, locations, header], effort),
  );
}

function functions(counts: readonly number[], random: Random, effort: Effort): BenchPoint[] {
  return counts.map((count) => {
    const stack = hittingStack(syntheticModule('functions', { functions: count, saved: (i) => i % 7 }), random);
    return pointOf(count, `${count.toLocaleString('en')} functions`, stack, [cached, header, sortedIndex], effort);
  });
}

/**
 * Modules opened anew and walked once, by code that is warm: milliseconds, and as a multiple of a warm cached walk.
 */
function coldStart(stack: BenchStack, times: number): BenchPoint[] {
  const { architecture, modules } = stack;
  const ways: readonly [string, (module: BenchModule) => Module, boolean][] = [
    ['header', (module) => openModuleAnew(module, 'header'), false],
    ['sorted-index', (module) => openModuleAnew(module, 'list'), false],
    ['cached', (module) => openModuleAnew(module, 'header'), true],
    ['precomputed', (module) => precompute(openModuleAnew(module, 'header')), false],
  ];
  const warm = cachedCursor(stack);
  walk(warm, stack);
  const warmMilliseconds = spreadOf(timesOf(200, () => walk(warm, stack))).median;
  return ways.map(([label, open, withCache]) => {
    const milliseconds = spreadOf(
      timesOf(times, () => {
        const options = withCache ? { cache: new RuleCache(architecture) } : {};
        walk(new StackCursor(new AddressSpace(architecture, modules.map(open)), options), stack);
      }),
    ).median;
    return { at: milliseconds, label, ratios: { 'warm cached walks': milliseconds / warmMilliseconds } };
  });
}

function timesOf(count: number, work: () => void): number[] {
  return Array.from({ length: count }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
}

function walk(cursor: StackCursor, { memory, registers }: BenchStack): void {
  cursor.start(memory, registers);
  while (cursor.step() === Step.caller);
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
