import type { Program } from '../../generators/program.ts';
import type { LoadedImage } from '../loader/image.ts';
import { type HarmFinder, ModelError, ProgramModel, type SymbolicRun, UnsayableError } from '../model/index.ts';
import type { Stop } from '../stop.ts';
import { readColumn } from '../truth/address.ts';
import type { Unwinder } from '../unwinders/unwinder.ts';
import type { WrongProgramCounts } from './counts.ts';
import { someMutants } from './make-mutants.ts';
import type { Mutant } from './mutant.ts';

/** The first stop of a wrong form at which the engine and the model are of different opinions. */
export interface Difference {
  readonly message: string;
  readonly run: number;
  readonly stop: number;
  readonly pc: bigint;
}

/**
 * Programs with one fault in their call frame information: same code, so that one execution serves them all. The judge
 * must fail the engine on them exactly where the model says that the fault does harm.
 */
export class WrongPrograms {
  readonly differences: Difference[] = [];
  readonly #counts = { harmStops: 0, foundStops: 0, unfoundedStops: 0, chanceStops: 0 };
  readonly #model: ProgramModel | undefined;
  readonly #mutants: readonly Mutant[] = [];
  readonly #harmful = new Set<Mutant>();
  readonly #differing = new Set<Mutant>();
  #following: { readonly run: SymbolicRun; readonly finder: HarmFinder } | undefined;

  /** `count`: how many wrong forms to make; `unwinder`: the engine, without anything but what the file says. */
  constructor(program: Program, image: LoadedImage, unwinder: Unwinder, count: number) {
    try {
      this.#model = new ProgramModel(program, image);
      this.#mutants = someMutants(program, image, this.#model.index, unwinder, count);
    } catch (error) {
      if (!(error instanceof UnsayableError)) throw error;
      this.#model = undefined;
    }
  }

  /** To be called at every stop of every run, in order; those that are not `judged` are only followed. */
  stop(stop: Stop, run: number, judged: boolean): void {
    if (this.#model === undefined || this.#mutants.length === 0) return;
    if (stop.index === 0) this.#following = this.#model.start();
    if (this.#following === undefined) return;
    const { run: symbolic, finder } = this.#following;
    try {
      symbolic.arrive(stop);
      if (!judged) return;
      const right = finder.walk(stop);
      if (right.harm !== undefined) throw new ModelError(`the right rows do harm: ${right.harm.what}`);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      // What the model knows of the rest of this run is worth nothing.
      this.#following = undefined;
      this.#differ(`the model of the program: ${error.message}`, stop, run);
      return;
    }
    for (const mutant of this.#mutants) this.#judge(mutant, finder, stop, run);
  }

  counts(): WrongProgramCounts {
    return {
      programs: this.#mutants.length,
      harmful: this.#harmful.size,
      ...this.#counts,
      unsayable: this.#model === undefined ? 1 : 0,
    };
  }

  #judge(mutant: Mutant, finder: HarmFinder, stop: Stop, run: number): void {
    const { harm, coincidence } = mutant.harm(stop, finder);
    const isWrong = mutant.isWrong(stop);
    if (coincidence !== undefined) this.#counts.chanceStops++;
    if (harm !== undefined) {
      this.#harmful.add(mutant);
      this.#counts.harmStops++;
      if (isWrong) this.#counts.foundStops++;
    } else if (isWrong) this.#counts.unfoundedStops++;
    if ((harm !== undefined) === isWrong || this.#differing.has(mutant)) return;
    this.#differing.add(mutant);
    const model = harm === undefined ? 'does no harm here' : `does harm here: at caller ${harm.frame}, ${harm.what}`;
    const judge = isWrong ? 'the engine fails' : 'the engine passes';
    this.#differ(`${mutant.text} ${model}; ${judge}`, stop, run);
  }

  #differ(message: string, stop: Stop, run: number): void {
    const pc = readColumn(stop.registers, stop.architecture.pc);
    this.differences.push({ message, run, stop: stop.index, pc });
  }
}
