import { g3 } from '../g3.ts';
import { MODE_RBP } from '../modes.ts';
import { g3Frame } from './g3-frames.ts';
import { SplittingEncoder } from './splitting-encoder.ts';

/** Encodes functions in the third published generation of the layout. */
export const g3Encoder = new SplittingEncoder({
  layout: g3,
  frame: g3Frame,
  write({ mode, mask, cfa }, { prologue, inner, epilogue }, start, out) {
    const descriptor =
      mode === MODE_RBP
        ? g3.rbpDescriptor({ prologue, inner, epilogue, mask })
        : g3.rspDescriptor({ prologue, epilogue, mask, frameUnits: cfa });
    if (descriptor === undefined) throw new RangeError('a field of a descriptor does not fit');
    out.add(start, descriptor.lo, descriptor.hi);
  },
});
