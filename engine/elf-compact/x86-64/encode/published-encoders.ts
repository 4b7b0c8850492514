import { g2 } from '../g2.ts';
import { g3 } from '../g3.ts';
import { MODE_RBP } from '../modes.ts';
import type { PublishedLayout } from '../published-layout.ts';
import { mostUnits } from './cfa-codes.ts';
import { plainFrame } from './frames.ts';
import { SplittingEncoder } from './splitting-encoder.ts';

/** Encodes functions in the second published generation of the layout. */
export const g2Encoder = publishedEncoder(g2);
/** Encodes functions in the third published generation of the layout. */
export const g3Encoder = publishedEncoder(g3);

function publishedEncoder(layout: PublishedLayout): SplittingEncoder {
  return new SplittingEncoder({
    layout,
    mostCode: mostUnits,
    frames(cfa, saved) {
      const frame = plainFrame(cfa, saved, layout.order, layout.mostFrameUnits);
      return frame === undefined ? [] : [frame];
    },
    write({ mode, mask, cfa }, { prologue, inner, epilogue }, start, out) {
      const descriptor =
        mode === MODE_RBP
          ? layout.rbpDescriptor({ prologue, inner, epilogue, mask })
          : layout.rspDescriptor({ prologue, epilogue, mask, frameUnits: cfa });
      if (descriptor === undefined) throw new RangeError('a field of a descriptor does not fit');
      out.add(start, descriptor.lo, descriptor.hi);
    },
  });
}
