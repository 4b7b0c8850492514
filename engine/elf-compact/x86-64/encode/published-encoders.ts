import { g2 } from '../g2.ts';
import { g3 } from '../g3.ts';
import { MODE_RBP, MODE_RSP } from '../modes.ts';
import type { PublishedLayout } from '../published-layout.ts';
import { allocationSize } from '../stack-instructions.ts';
import { cfaFromFp, mostUnits } from './cfa-codes.ts';
import type { Frame } from './frame.ts';
import { inOrder, rigid } from './frames.ts';
import { SplittingEncoder } from './splitting-encoder.ts';

/** Encodes functions in the second published generation of the layout. */
export const g2Encoder = publishedEncoder(g2);
/** Encodes functions in the third published generation of the layout. */
export const g3Encoder = publishedEncoder(g3);

/** The frame that has a state in its body, or none where the layout cannot say it. */
function publishedFrames({ order, mostFrameUnits }: PublishedLayout, cfa: number, saved: number): readonly Frame[] {
  const registers = inOrder(saved, order);
  if (registers === undefined) return [];
  const hasFp = cfa === cfaFromFp;
  const locals = cfa - 1 - registers.count;
  if (hasFp ? (registers.mask & 1) === 0 : locals < 0 || cfa > mostFrameUnits) return [];
  const allocation = hasFp ? 0 : allocationSize(8 * locals);
  return [{ ...registers, ...rigid, mode: hasFp ? MODE_RBP : MODE_RSP, order: 0, cfa, saved, hasFp, allocation }];
}

function publishedEncoder(layout: PublishedLayout): SplittingEncoder {
  return new SplittingEncoder({
    layout,
    mostCode: mostUnits,
    frames: (cfa, saved) => publishedFrames(layout, cfa, saved),
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
