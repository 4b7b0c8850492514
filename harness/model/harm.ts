import type { Stop } from '../stop.ts';
import type { TrueFrame } from '../truth/frame.ts';
import type { FrameIndex, FramePlace } from './frame-index.ts';
import { type RecoveryWorld, type Registers, recover } from './rows/recover.ts';
import type { Malformed, ModelRow } from './rows/row.ts';
import { ModelError, type SymbolicRun } from './symbolic-run.ts';
import { sameBits } from './value.ts';

/** A frame whose caller is not recovered. */
export interface Harm {
  /** Number of the caller, 1 for that of the stop's own frame. */
  readonly frame: number;
  /** What goes wrong: such as `rbx is another value`. */
  readonly what: string;
}

/** What rows do at one stop. */
export interface Judgement {
  readonly harm?: Harm;
  /** A caller's register is recovered from the wrong place, and only by chance with the right bits. */
  readonly coincidence?: Harm;
}

/** A frame of a stop as the rows found it. */
export interface WalkedFrame {
  readonly registers: Registers;
  readonly place: FramePlace | undefined;
}

/** The row that holds at a place. */
export type RowOf = (place: FramePlace) => ModelRow | Malformed;

const nothing: Judgement = {};

/** Walks a stop's frames by rows and holds each caller against what the registers stem from. */
export class HarmFinder {
  readonly #run: SymbolicRun;
  readonly #index: FrameIndex;
  /** The frames of the last walk that found nothing wrong, from the stop's own outwards. */
  readonly walked: WalkedFrame[] = [];

  constructor(run: SymbolicRun, index: FrameIndex) {
    this.#run = run;
    this.#index = index;
  }

  /** Walks the whole stack by the program's own rows and fills `walked`. */
  walk(stop: Stop): Judgement {
    this.walked.length = 0;
    return this.#walk(stop, (place) => this.#index.row(place), 0, this.#run.registers, this.walked);
  }

  /** Walks from a frame of `walked` on by other rows. */
  walkFrom(stop: Stop, frame: number, rowOf: RowOf): Judgement {
    return this.#walk(stop, rowOf, frame, this.walked[frame]!.registers);
  }

  #walk(stop: Stop, rowOf: RowOf, first: number, start: Registers, walked?: WalkedFrame[]): Judgement {
    const { architecture } = stop;
    const world: RecoveryWorld = {
      architecture,
      symbols: this.#run.symbols,
      memory: this.#run.memory,
      bytes: this.#run.bytes,
      pacMaskLo: stop.pacMaskLo,
      pacMaskHi: stop.pacMaskHi,
    };
    let registers = start;
    let frame = first;
    let truth = stop.callers;
    let own: TrueFrame | undefined;
    for (let i = 0; i < first; i++) {
      own = truth!;
      truth = own.behind;
    }
    let coincidence: Harm | undefined;
    for (;;) {
      const place = this.#place(registers, own, architecture.pc);
      walked?.push({ registers, place });
      frame++;
      if (place === undefined) {
        if (truth === null) break;
        // Without a row, how to get to the caller is no affair of call frame information.
        registers = this.#run.callerRegisters(truth);
      } else {
        const recovered = recover(rowOf(place), registers, world);
        if (recovered.kind === 'failed') return { harm: { frame, what: recovered.why } };
        if (recovered.kind === 'root') {
          if (truth === null) break;
          return { harm: { frame, what: 'the stack is said to end' } };
        }
        if (truth === null) return { harm: { frame, what: 'the stack is said to go on' } };
        const found = this.#compare(stop, truth, recovered.registers, frame);
        if (found.harm !== undefined) return found;
        coincidence ??= found.coincidence;
        registers = recovered.registers;
      }
      own = truth;
      truth = truth.behind;
    }
    return coincidence === undefined ? nothing : { coincidence };
  }

  #place(registers: Registers, own: TrueFrame | undefined, pcColumn: number): FramePlace | undefined {
    const pc = registers[pcColumn]!;
    if (own === undefined || own.kind === 'interrupted') return this.#index.place(pc.lo, pc.hi);
    return pc.lo === 0 ? this.#index.place(0xffff_ffff, (pc.hi - 1) >>> 0) : this.#index.place(pc.lo - 1, pc.hi);
  }

  #compare({ architecture }: Stop, truth: TrueFrame, recovered: Registers, frame: number): Judgement {
    const expected = this.#run.callerRegisters(truth);
    let coincidence: Harm | undefined;
    for (let column = 0; column < architecture.columnCount; column++) {
      if (truth.compared[column] !== 1) continue;
      const is = recovered[column];
      const should = expected[column];
      const name = architecture.columnNames[column];
      if (
        should === undefined ||
        should.lo !== truth.registers[2 * column] ||
        should.hi !== truth.registers[2 * column + 1]
      ) {
        throw new ModelError(`${name} of caller ${frame} is not what the model says`);
      }
      if (is === undefined) return { harm: { frame, what: `${name} is lost` } };
      if (!sameBits(is, should)) return { harm: { frame, what: `${name} is another value` } };
      if (is.symbol !== should.symbol) coincidence ??= { frame, what: `${name} is right by chance` };
    }
    return coincidence === undefined ? nothing : { coincidence };
  }
}
