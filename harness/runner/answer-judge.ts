import { type Architecture, type Ending, FrameBuffer } from '../../engine/index.ts';
import type { Feature } from '../../generators/program.ts';
import { describeError } from '../describe-error.ts';
import { type Divergence, Judge, notTold, type Verdict } from '../judge/index.ts';
import type { Stop } from '../stop.ts';
import type { Unwinder, UnwindSession } from '../unwinders/unwinder.ts';
import { GuardedFrames } from './guarded-frames.ts';

const initialFrames = 256;

/** Asks an unwinder at the stops of one program, with as much room as it is to have there, and judges the answers. */
export class AnswerJudge {
  /** The last answer; behind an exception, what there was of it. */
  frames: FrameBuffer;
  /** Why the last answer is an error. */
  problem: string | undefined;
  readonly #judge: Judge;
  /** For all stops whose room is not limited. */
  #ample: FrameBuffer;

  /** `needs`: the program's. */
  constructor({ lacks }: Pick<Unwinder, 'lacks'>, architecture: Architecture, needs: readonly Feature[]) {
    const flags = needs.includes('signal-frame-flag') ? 'demanded' : 'judged';
    this.#judge = new Judge(
      architecture,
      !lacks.includes('callee-saved'),
      lacks.includes('signal-frame-flag') ? 'ignored' : flags,
    );
    this.#ample = new FrameBuffer(architecture, initialFrames);
    this.frames = this.#ample;
  }

  /** The first difference in the last answer; meaningless where that passed or was an error. */
  get divergence(): Divergence {
    return this.#judge.divergence;
  }

  ask(session: Pick<UnwindSession, 'unwind'>, stop: Stop): Verdict {
    const frames = this.#buffer(stop);
    this.frames = frames;
    frames.start(stop.registers);
    frames.signal.fill(notTold, 0, frames.capacity);
    try {
      session.unwind(stop, frames);
      this.problem = answerProblem(frames) ?? (frames instanceof GuardedFrames ? frames.problem() : undefined);
      return this.problem === undefined ? this.#judge.judge(stop, frames) : 'error';
    } catch (error) {
      this.problem = describeError(error);
      return 'error';
    }
  }

  #buffer({ depth, architecture, declared }: Stop): FrameBuffer {
    const room = declared?.room ?? 0;
    if (room > 0) return new GuardedFrames(architecture, room);
    // One frame more than the truth, so that going on too far shows, and one for the end of the walk to be seen.
    if (this.#ample.capacity < depth + 3) this.#ample = new FrameBuffer(architecture, 2 * depth + 3);
    return this.#ample;
  }
}

const endings: readonly Ending[] = ['root', 'no-info', 'limit', 'loop', 'invalid', 'unsupported', 'unreadable'];

/** Why what an unwinder left behind is no answer at all; undefined where it can be judged. */
function answerProblem({ count, capacity, ending, error }: FrameBuffer): string | undefined {
  if (!Number.isInteger(count) || count < 1 || count > capacity) return `answered ${count} frames`;
  if (!endings.includes(ending)) return `ended with ${String(ending)}, expected one of ${endings.join(', ')}`;
  if (error !== undefined && !(error instanceof Error)) return `set an error that is none: ${String(error)}`;
  return undefined;
}
