import { g3 } from '../g3.ts';
import { MODE_RBP, MODE_RSP } from '../modes.ts';
import { allocationSize } from '../stack-instructions.ts';
import { cfaFromFp, mostUnits } from './cfa-codes.ts';
import type { Frame } from './frame.ts';
import { inOrder, rigid } from './frames.ts';
import { SplittingEncoder } from './splitting-encoder.ts';

/** The frame that has a state in its body, or none where G3 cannot say it. */
export function g3Frames(cfa: number, saved: number): readonly Frame[] {
  const registers = inOrder(saved, g3.order);
  if (registers === undefined) return [];
  const hasFp = cfa === cfaFromFp;
  const locals = cfa - 1 - registers.count;
  if (hasFp ? (registers.mask & 1) === 0 : locals < 0 || cfa > g3.mostFrameUnits) return [];
  const allocation = hasFp ? 0 : allocationSize(8 * locals);
  return [{ ...registers, ...rigid, mode: hasFp ? MODE_RBP : MODE_RSP, order: 0, cfa, saved, hasFp, allocation }];
}

/** Encodes functions in the third published generation of the layout. */
export const g3Encoder = new SplittingEncoder({
  layout: g3,
  mostCode: mostUnits,
  frames: g3Frames,
  write({ mode, mask, cfa }, { prologue, inner, epilogue }, start, out) {
    const descriptor =
      mode === MODE_RBP
        ? g3.rbpDescriptor({ prologue, inner, epilogue, mask })
        : g3.rspDescriptor({ prologue, epilogue, mask, frameUnits: cfa });
    if (descriptor === undefined) throw new RangeError('a field of a descriptor does not fit');
    out.add(start, descriptor.lo, descriptor.hi);
  },
});
