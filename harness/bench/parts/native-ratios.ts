import type { Random } from '../../../generators/random.ts';
import type { WithPackages } from '../../package-source.ts';
import type { BenchReport } from '../../record/bench.ts';
import { framePointer } from '../contenders/frame-pointer.ts';
import { cached } from '../contenders/stack-cursor.ts';
import { type Effort, measureInterleaved } from '../measure/interleave.ts';
import { openContenders } from '../measure/measure-contenders.ts';
import { spreadOf } from '../measure/statistics.ts';
import { measureNative } from '../native/index.ts';
import { syntheticModule, syntheticStack } from '../stack/synthetic-module.ts';

/** Registers saved by the eight functions of the C programs (`native/c/stack-shape.h`). */
const savedByFunction = [0, 1, 2, 3, 4, 5, 6, 0];
const depth = 128;

/**
 * Times native unwinders over stacks of eight functions, in turns with the cached path over the same shape of stack in
 * this process; each turn's time is divided by that of `cached` in the same turn.
 */
export async function measureNativeRatios(
  random: Random,
  effort: Effort,
  mode: BenchReport['mode'],
  withPackages: WithPackages | undefined,
): Promise<BenchReport['native']> {
  const quick = mode === 'quick';
  const module = syntheticModule('eight functions', { functions: 8, saved: (i) => savedByFunction[i]! });
  const stack = syntheticStack(module, random, depth, 8);
  const timed = openContenders(stack, [framePointer, cached]);
  const cachedByTurn: number[] = [];
  const between = (): void => {
    const measured = measureInterleaved(timed, { ...effort, rounds: 10 });
    cachedByTurn.push(measured.get('cached')!.nanosecondsPerFrame.median);
  };
  const results = await measureNative({
    depth,
    rounds: quick ? 5 : 15,
    roundMicroseconds: quick ? 2000 : 10_000,
    turns: quick ? 2 : 5,
    between,
    withPackages: quick ? undefined : withPackages,
  });
  return Object.fromEntries(
    results.map((result) => {
      if ('unavailable' in result) return [result.name, { missing: result.unavailable }];
      const ratios = result.nsPerFrameByTurn.map((nanoseconds, turn) => nanoseconds / cachedByTurn[turn]!);
      const { median } = spreadOf(ratios);
      return [result.name, { ratio: median, nanosecondsPerFrame: result.nsPerFrame.median }];
    }),
  );
}
