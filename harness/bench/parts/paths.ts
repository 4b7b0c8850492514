import type { BenchComparison, BenchOnStack } from '../../record/bench.ts';
import { parseEverything } from '../baselines/switches.ts';
import type { Contender } from '../bench-stack.ts';
import { captureOfDeepStack, captureSize, captureWithoutLimit } from '../contenders/capture.ts';
import { openPlain } from '../contenders/modules.ts';
import { bytesPerFrame } from '../measure/allocation.ts';
import { type Effort, type Measurement, measureInterleaved } from '../measure/interleave.ts';
import { openContenders } from '../measure/measure-contenders.ts';
import type { StandardStacks } from '../stack/standard-stacks.ts';

export const capturePath = {
  name: `capture-${captureSize}`,
  description: `the innermost ${captureSize} addresses of a deep stack, with the rule cache; a captured frame`,
};
const captureBefore = 'capture before the rewrite';

/** Frames over which allocation is measured, and the most time for it. */
const allocationFrames = 1e6;
const allocationNanoseconds = 4e8;

export interface StackResult {
  readonly paths: Readonly<Record<string, BenchOnStack>>;
  readonly rewrite: { readonly capture: BenchComparison; readonly walk: BenchComparison };
  readonly bytesPerFrame: Record<string, number>;
}

/** Times every path on a stack, the unit being first, and captures of the deep one with them. */
export function measureStack(
  { stack, deep }: StandardStacks,
  contenders: readonly Contender[],
  effort: Effort,
): StackResult {
  const timed = openContenders(stack, contenders);
  const after = captureOfDeepStack(capturePath.name, deep);
  const before = captureWithoutLimit(captureBefore, deep, (module) => openPlain(module, parseEverything), false);
  const measured = measureInterleaved([...timed, after, before], effort);
  const bytes = Object.fromEntries(
    [...timed, after].map((one) => {
      const { median } = measured.get(one.name)!.nanosecondsPerFrame;
      return [one.name, bytesPerFrame(one, Math.min(allocationFrames, allocationNanoseconds / median))];
    }),
  );
  const ratio = (name: string): number => measured.get(name)!.ratio.median;
  const compared = (first: string, second: string): BenchComparison => ({
    before: ratio(first),
    after: ratio(second),
    factor: ratio(first) / ratio(second),
  });
  const paths = Object.fromEntries(
    [...measured].filter(([name]) => name !== captureBefore).map(([name, one]) => [name, onStack(one)]),
  );
  return {
    paths,
    rewrite: { capture: compared(captureBefore, capturePath.name), walk: compared('parse-everything', 'cached') },
    bytesPerFrame: bytes,
  };
}

function onStack({ ratio, nanosecondsPerFrame }: Measurement): BenchOnStack {
  return { ratio: ratio.median, ratioSpread: ratio, nanosecondsPerFrame };
}
