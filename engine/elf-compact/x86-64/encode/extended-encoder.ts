import { modeShift } from '../../modes.ts';
import { extended } from '../extended.ts';
import * as fields from '../extended-fields.ts';
import { MODE_RBP } from '../modes.ts';
import { argsOf, isPlt, unitsOf } from './cfa-codes.ts';
import type { Cover } from './cover.ts';
import { extendedFrames } from './extended-frames.ts';
import type { Frame } from './frame.ts';
import { SplittingEncoder } from './splitting-encoder.ts';

const halves = new Uint32Array(2);

/** Encodes functions in the layout of our own. */
export const extendedEncoder = new SplittingEncoder({
  layout: extended,
  mostCode: Number.MAX_SAFE_INTEGER,
  frames: extendedFrames,
  write(frame, cover, start, out) {
    if (frame.mode === fields.MODE_SPECIAL) {
      const kind = isPlt(frame.cfa) ? fields.KIND_PLT : fields.KIND_END;
      out.add(start, fields.specialDescriptor(kind, unitsOf(frame.cfa)), 0);
      return;
    }
    if (frame.form === fields.FORM_PLAIN) setPlain(frame, cover);
    else setScheduled(frame, cover);
    const lo = ((frame.mode << modeShift) | halves[0]!) >>> 0;
    out.add(start, lo, (halves[1]! | (cover.epilogue << 8) | cover.prologue) >>> 0);
  },
});

function setPlain({ mode, mask, cfa, order }: Frame, { inner, step, stepCount }: Cover): void {
  const steps = (step << fields.stepShift) | (stepCount << fields.stepCountShift);
  halves[0] = mode === MODE_RBP ? (inner << 18) | steps | mask : (unitsOf(cfa) << 7) | mask;
  halves[1] = fields.plainBits(order, argsOf(cfa));
}

function setScheduled({ form, mask, cfa }: Frame, { gaps, epilogueGap, epiloguePosition }: Cover): void {
  fields.scheduledBits(form, mask, unitsOf(cfa), gaps, epilogueGap, epiloguePosition, halves);
}
