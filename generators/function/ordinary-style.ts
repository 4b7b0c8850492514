import type { Random } from '../random.ts';
import { type FrameStyle, plainStyle } from './style.ts';

/** A frame as compilers make them, that saves and overwrites registers, so that a wrong rule in a callee shows. */
export function ordinaryStyle(random: Random): FrameStyle {
  return {
    ...plainStyle,
    saved: random.between(2, 5),
    order: random.pick(['gcc', 'llvm']),
    framePointer: random.chance(0.4),
    saves: random.pick(['push', 'store']),
    locals: 16 * random.below(10),
    restores: random.pick(['stated', 'implied']),
  };
}
