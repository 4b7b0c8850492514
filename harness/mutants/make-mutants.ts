import { type CfiMutation, mutationsOf } from '../../generators/mutation/index.ts';
import type { Program } from '../../generators/program.ts';
import { Random } from '../../generators/random.ts';
import type { LoadedImage } from '../loader/image.ts';
import type { FrameIndex } from '../model/index.ts';
import type { Unwinder } from '../unwinders/unwinder.ts';
import { Mutant } from './mutant.ts';

/** Up to `count` wrong forms of a program, different ones, in an order that the program's seed decides. */
export function someMutants(
  program: Program,
  image: LoadedImage,
  index: FrameIndex,
  unwinder: Unwinder,
  count: number,
): Mutant[] {
  const { name, architecture, seed } = program;
  const mutants: Mutant[] = [];
  const all = mutationsOf(program.frames!, image.architecture, program.instructions);
  for (const mutation of new Random(`${seed}/${architecture}/${name}/mutants`).shuffle(all)) {
    if (mutants.length === count) break;
    const mutant = makeMutant(program, image, index, unwinder, mutation);
    if (mutant !== undefined) mutants.push(mutant);
  }
  return mutants;
}

/** Undefined where the wrong information cannot be written: an operand has no room for it. */
export function makeMutant(
  program: Program,
  image: LoadedImage,
  index: FrameIndex,
  unwinder: Unwinder,
  mutation: CfiMutation,
): Mutant | undefined {
  try {
    return new Mutant(program, mutation, unwinder, image.architecture, index);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
