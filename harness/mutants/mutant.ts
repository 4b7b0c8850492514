import { type Architecture, FrameBuffer } from '../../engine/index.ts';
import { type CfiMutation, mutatedFdes } from '../../generators/mutation/index.ts';
import type { Program } from '../../generators/program.ts';
import { Judge } from '../judge/index.ts';
import { loadImage } from '../loader/load-image.ts';
import {
  differingOffsets,
  type FrameIndex,
  type HarmFinder,
  interpret,
  type Judgement,
  type RowTable,
} from '../model/index.ts';
import type { Stop } from '../stop.ts';
import type { Unwinder, UnwindSession } from '../unwinders/unwinder.ts';

const initialFrames = 64;

/** A program with one fault in its call frame information: what an unwinder makes of it, and what the model says. */
export class Mutant {
  readonly mutation: CfiMutation;
  readonly #rows: RowTable;
  readonly #index: FrameIndex;
  readonly #affected: Uint8Array;
  readonly #session: UnwindSession;
  readonly #judge: Judge;
  #frames: FrameBuffer;

  /** Throws a RangeError where the wrong information cannot be written at all. */
  constructor(
    program: Program,
    mutation: CfiMutation,
    unwinder: Unwinder,
    architecture: Architecture,
    index: FrameIndex,
  ) {
    const frames = program.frames!;
    this.mutation = mutation;
    this.#index = index;
    this.#rows = interpret(mutation.wrong, architecture);
    this.#affected = differingOffsets(index.tables[mutation.fde]!, this.#rows);
    const bytes = frames.imageWith(mutatedFdes(frames, mutation));
    this.#session = unwinder.open(loadImage(bytes, { name: program.name, loadBias: program.loadBias }));
    this.#judge = new Judge(architecture);
    this.#frames = new FrameBuffer(architecture, initialFrames);
  }

  /** The fault in one line, with the function it is in. */
  get text(): string {
    const { start } = this.mutation.wrong;
    return `${this.mutation.text} (function at 0x${start.toString(16)})`;
  }

  /** What the model says of a stop whose stack `finder` has walked by the right rows. */
  harm(stop: Stop, finder: HarmFinder): Judgement {
    const frame = finder.walked.findIndex(
      ({ place }) => place !== undefined && place.fde === this.mutation.fde && this.affects(place.offset),
    );
    return frame < 0 ? {} : this.harmFrom(stop, finder, frame);
  }

  /** The row at an offset in the FDE is another one than in the right program. */
  affects(offset: number): boolean {
    return this.#affected[offset] === 1;
  }

  /** As `harm`, where the innermost frame with another row is known. */
  harmFrom(stop: Stop, finder: HarmFinder, frame: number): Judgement {
    const { fde } = this.mutation;
    return finder.walkFrom(stop, frame, (place) =>
      place.fde === fde ? this.#rows.at(place.offset) : this.#index.row(place),
    );
  }

  /** Whether the unwinder gives anything but the truth. */
  isWrong(stop: Stop): boolean {
    if (this.#frames.capacity < stop.depth + 3) this.#frames = new FrameBuffer(stop.architecture, 2 * stop.depth + 3);
    this.#frames.start(stop.registers);
    this.#session.unwind(stop, this.#frames);
    return this.#judge.judge(stop, this.#frames) !== 'pass';
  }
}
