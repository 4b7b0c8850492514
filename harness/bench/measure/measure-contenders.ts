import type { BenchStack, Contender } from '../bench-stack.ts';
import { framePointer } from '../contenders/frame-pointer.ts';
import { attempt, verify } from '../verify.ts';
import { type Effort, type Measurement, measureInterleaved, type Timed } from './interleave.ts';

/**
 * Opens contenders on a stack, checks what each finds there, and times them in turns with the frame-pointer walk, the
 * unit. Throws `WrongWalk` where one finds something else than was built.
 */
export function measureContenders(
  stack: BenchStack,
  contenders: readonly Contender[],
  effort: Effort,
): Map<string, Measurement> {
  return measureInterleaved(openContenders(stack, [framePointer, ...contenders]), effort);
}

/** Contenders ready to be timed, each checked. */
export function openContenders(stack: BenchStack, contenders: readonly Contender[]): Timed[] {
  return contenders.map((contender) => {
    const session = attempt(contender.name, stack, () => contender.open(stack));
    verify(contender, session, stack);
    return { name: contender.name, run: () => session.walk() };
  });
}
