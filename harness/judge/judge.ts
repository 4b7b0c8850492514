import type { Architecture, Ending, FrameBuffer } from '../../engine/index.ts';
import type { Stop } from '../stop.ts';
import type { TrueFrame } from '../truth/frame.ts';
import { type Divergence, type DivergenceKind, emptyDivergence } from './divergence.ts';
import type { Verdict } from './verdict.ts';

/** Up to this many callers every frame is compared. */
const fullDepth = 64;
/** Of deeper stacks, these many innermost and outermost frames; everything at calls and returns. */
const innermost = 32;
const outermost = 8;

/** In an answer's `signal`: the unwinder does not tell whether the frame is a signal frame. */
export const notTold = 0xff;

/**
 * What an unwinder must say of signal frames: `demanded` – whether each frame is one; `judged` – nothing, but nothing
 * wrong; `ignored` – nothing at all.
 */
export type SignalFlags = 'demanded' | 'judged' | 'ignored';

type EndDivergence = Exclude<DivergenceKind, 'register'>;

/**
 * Compares answers with the truth. After a verdict other than `pass`, `divergence` is the first difference: the first
 * wrong value where there is one, otherwise the first that the unwinder says it does not know.
 */
export class Judge {
  readonly divergence: Divergence = emptyDivergence();
  readonly #pc: number;
  readonly #sp: number;
  readonly #columnCount: number;
  readonly #asksForAll: boolean;
  readonly #flags: SignalFlags;

  /** `asksForAll`: false for unwinders that need to know PC and SP only; what they give beyond it must be right. */
  constructor(architecture: Architecture, asksForAll = true, flags: SignalFlags = 'judged') {
    this.#asksForAll = asksForAll;
    this.#flags = flags;
    this.#pc = architecture.pc;
    this.#sp = architecture.sp;
    this.#columnCount = architecture.columnCount;
  }

  /** Judges `frames`, whose frame 0 is the stop itself, against the stop's truth. Allocates nothing. */
  judge(stop: Stop, frames: FrameBuffer): Verdict {
    const answered = frames.count - 1;
    const all = stop.transfer || stop.depth <= fullDepth;
    const skipTo = all ? 0 : stop.depth - outermost;
    let missing = false;
    let frame = 1;
    let wrongFlag = -1;
    const compared = Math.min(answered, stop.depth);
    let truth = stop.callers;
    for (; truth !== null && frame <= compared; truth = truth.behind, frame++) {
      if (frame > innermost && frame <= skipTo) continue;
      if (wrongFlag < 0 && !this.#flagIsRight(frames, frame - 1, truth)) wrongFlag = frame - 1;
      const verdict = this.#compare(truth, frames, frame, missing);
      if (verdict === 'fail') return 'fail';
      if (verdict === 'missing') missing = true;
    }
    const ended = endDivergence(stop, answered, frames.ending);
    if (ended === 'far') return this.#end('far', stop.depth + 1);
    if (ended === undefined) {
      // Where the walk may end although someone stands behind, its last frame need not be known to be a signal frame.
      const isDemanded = truth === null || frames.signal[compared] === 1;
      if (isDemanded && wrongFlag < 0 && !this.#flagIsRight(frames, compared, truth)) wrongFlag = compared;
      const flag = wrongFlag < 0 ? 'pass' : this.#signalFrame(stop, frames, wrongFlag, missing);
      return flag === 'pass' && missing ? 'missing' : flag;
    }
    if (frames.ending !== 'unsupported') return this.#end(ended, answered + (ended === 'early' ? 1 : 0));
    if (!missing) {
      this.#end(ended, answered + (ended === 'early' ? 1 : 0));
      this.divergence.unknown = true;
    }
    return 'missing';
  }

  /** Compares one frame; records the first wrong value, or the first unknown one unless one is recorded already. */
  #compare(truth: TrueFrame, frames: FrameBuffer, frame: number, recorded: boolean): Verdict {
    let missing = recorded;
    // PC and SP first: where they are wrong, the other registers only repeat it.
    for (let step = -2; step < this.#columnCount; step++) {
      const column = step === -2 ? this.#pc : step === -1 ? this.#sp : step;
      if (step >= 0 && truth.compared[column] !== 1) continue;
      const index = frame * this.#columnCount + column;
      const expectedLo = truth.registers[2 * column]!;
      const expectedHi = truth.registers[2 * column + 1]!;
      if (frames.known[index] !== 1) {
        if (step >= 0 && !this.#asksForAll) continue;
        if (!missing) this.#register(frame, column, true, expectedLo, expectedHi, 0, 0);
        missing = true;
        continue;
      }
      const actualLo = frames.values[2 * index]!;
      const actualHi = frames.values[2 * index + 1]!;
      if (actualLo === expectedLo && actualHi === expectedHi) continue;
      this.#register(frame, column, false, expectedLo, expectedHi, actualLo, actualHi);
      return 'fail';
    }
    return missing && !recorded ? 'missing' : 'pass';
  }

  /** Whether what an answer says of a frame is so: the frame in front of an interrupted one is a signal frame. */
  #flagIsRight(frames: FrameBuffer, frame: number, behind: TrueFrame | null): boolean {
    const flag = frames.signal[frame];
    if (this.#flags === 'ignored' || flag === (behind?.kind === 'interrupted' ? 1 : 0)) return true;
    return flag === notTold && this.#flags === 'judged';
  }

  /** Records that a frame's flag is wrong or, unless a gap is recorded already, that it is not told. */
  #signalFrame(stop: Stop, frames: FrameBuffer, frame: number, recorded: boolean): Verdict {
    const unknown = frames.signal[frame] === notTold;
    if (unknown && recorded) return 'missing';
    let behind = stop.callers;
    for (let i = 0; i < frame && behind !== null; i++) behind = behind.behind;
    const expected = behind?.kind === 'interrupted' ? 1 : 0;
    this.#register(frame, 0, unknown, expected, 0, unknown ? 0 : frames.signal[frame]!, 0);
    this.divergence.kind = 'signal-frame';
    return unknown ? 'missing' : 'fail';
  }

  #register(
    frame: number,
    column: number,
    unknown: boolean,
    expectedLo: number,
    expectedHi: number,
    actualLo: number,
    actualHi: number,
  ): void {
    const { divergence } = this;
    divergence.kind = 'register';
    divergence.frame = frame;
    divergence.column = column;
    divergence.unknown = unknown;
    divergence.expectedLo = expectedLo;
    divergence.expectedHi = expectedHi;
    divergence.actualLo = actualLo;
    divergence.actualHi = actualHi;
  }

  #end(kind: DivergenceKind, frame: number): Verdict {
    this.#register(frame, 0, false, 0, 0, 0, 0);
    this.divergence.kind = kind;
    return 'fail';
  }
}

/** What is wrong with the end of a walk that answered so many callers; undefined where nothing is. */
function endDivergence({ depth, ending, declared }: Stop, answered: number, actual: Ending): EndDivergence | undefined {
  if (answered > depth) return declared?.isOpen ? undefined : 'far';
  if (answered < depth) return declared?.mayEnd(answered, actual) ? undefined : 'early';
  const isRight = declared === undefined ? actual === ending : declared.isOpen || declared.endings.includes(actual);
  return isRight ? undefined : 'ending';
}
