import type { Random } from '../../../generators/random.ts';
import type { BenchStackShape } from '../../record/bench.ts';
import type { BenchModule, BenchStack } from '../bench-stack.ts';
import { registersPerFrame } from './build-stack.ts';
import { balancedSites, standardDepth, standardStack } from './choose-sites.ts';
import { generateModule } from './generated-module.ts';
import type { Library } from './library.ts';

/** Frames of the stack of which only the innermost are captured. */
const deepStackDepth = 512;
const generatedFunctions = 420;

/** The stacks paths are compared on: the same functions in a usual and in a deep one. */
export interface StandardStacks {
  readonly stack: BenchStack;
  readonly deep: BenchStack;
  readonly shape: BenchStackShape;
}

export function stacksOfGenerated(random: Random): StandardStacks {
  const module = generateModule('generated functions', generatedFunctions, random, (i) => i % 7);
  return standardStacks(module, random);
}

/** Throws an Error where the library has too few calls in usual frames. */
export function stacksOfLibrary({ module }: Library, random: Random): StandardStacks {
  return standardStacks(module, random);
}

function standardStacks(module: BenchModule, random: Random): StandardStacks {
  const sites = balancedSites(module, random, 4);
  const { stack, frames } = standardStack(module.name, module, sites, random);
  const { stack: deep } = standardStack(`${module.name}, deep`, module, frames, random, deepStackDepth);
  const distinctPcs = new Set(frames.map(({ pc }) => pc)).size;
  const shape = {
    depth: standardDepth,
    distinctPcs,
    registersPerFrame: registersPerFrame(frames),
    bytes: stack.bytes.length,
  };
  return { stack, deep, shape };
}
