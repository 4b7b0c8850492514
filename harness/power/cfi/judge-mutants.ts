import { type MutationOperator, mutationsOf } from '../../../generators/mutation/index.ts';
import type { Program } from '../../../generators/program.ts';
import type { EmulatorFactory } from '../../emulator/emulator.ts';
import { Executor } from '../../execution/executor.ts';
import { loadImage } from '../../loader/load-image.ts';
import { ModelError, ProgramModel, UnsayableError } from '../../model/index.ts';
import { makeMutant } from '../../mutants/make-mutants.ts';
import type { Mutant } from '../../mutants/mutant.ts';
import type { Stop } from '../../stop.ts';
import { basicUnwinders } from '../../unwinders/registry.ts';
import { AffectedPlaces } from './affected-places.ts';

/**
 * What became of a fault. `caught`: the first stop at which the model says harm is the first at which the judge fails
 * the engine. `missed`: it is not. `equivalent`: no executed instruction is harmed, and the engine fails nowhere.
 * `unwritable`: no operand has room for it.
 */
export type MutantOutcome = 'caught' | 'missed' | 'equivalent' | 'unwritable';

export interface JudgedMutant {
  readonly operator: MutationOperator;
  readonly outcome: MutantOutcome;
  /** Of one that was missed: what it is, and where engine and model differ. */
  readonly message?: string;
}

/** Faults whose engines are in memory together. */
const together = 300;
const instructionLimit = 1_000_000;

/**
 * Judges every single fault in the call frame information of a program. The engine is asked where some frame's row is
 * another one than in the right program; elsewhere it reads what it reads there. Throws `UnsayableError` or
 * `ModelError` where the model cannot follow the program, or a run of it does not come to its end.
 */
export function judgeMutants(program: Program, emulators: EmulatorFactory): JudgedMutant[] {
  const image = loadImage(program.image, { name: program.name, loadBias: program.loadBias });
  const model = new ProgramModel(program, image);
  const unwinder = basicUnwinders.find((one) => one.applies?.(image) ?? true);
  if (unwinder === undefined) throw new UnsayableError('the engine cannot read the program');
  const mutations = mutationsOf(program.frames!, image.architecture, program.instructions);
  const judged: JudgedMutant[] = [];
  const executor = new Executor({ image, stacks: program.stacks, seed: program.seed, emulators });
  try {
    for (let first = 0; first < mutations.length; first += together) {
      const mutants: Mutant[] = [];
      for (const mutation of mutations.slice(first, first + together)) {
        const mutant = makeMutant(program, image, model.index, unwinder, mutation);
        if (mutant !== undefined) mutants.push(mutant);
        else judged.push({ operator: mutation.operator, outcome: 'unwritable' });
      }
      judged.push(...judgeTogether(program, model, executor, mutants));
    }
  } finally {
    executor.close();
  }
  return judged;
}

/** One execution for all; whoever is caught or missed is not asked again. */
function judgeTogether(
  program: Program,
  model: ProgramModel,
  executor: Executor,
  mutants: readonly Mutant[],
): JudgedMutant[] {
  const judged: JudgedMutant[] = [];
  let left = mutants;
  const decide = (mutant: Mutant, outcome: MutantOutcome, message?: string) => {
    judged.push({ operator: mutant.mutation.operator, outcome, ...(message !== undefined && { message }) });
  };
  for (const [number, run] of program.runs.entries()) {
    const { run: symbolic, finder } = model.start();
    const places = new AffectedPlaces();
    const onStop = (stop: Stop) => {
      if (left.length === 0) return;
      symbolic.arrive(stop);
      const { harm } = finder.walk(stop);
      if (harm !== undefined) throw new ModelError(`the right rows do harm: ${harm.what}`);
      places.set(finder.walked);
      left = left.filter((mutant) => {
        const frame = places.firstAffected(mutant);
        if (frame < 0) return true;
        const isHarmed = mutant.harmFrom(stop, finder, frame).harm !== undefined;
        const isWrong = mutant.isWrong(stop);
        if (!isHarmed && !isWrong) return true;
        if (isHarmed && isWrong) decide(mutant, 'caught');
        else {
          const what = isHarmed ? 'harm, the engine passes' : 'no harm, the engine fails';
          decide(mutant, 'missed', `${mutant.text}: ${what} at stop ${stop.index} of run ${number}`);
        }
        return false;
      });
    };
    const { outcome, detail } = executor.run({ run, index: number, limit: instructionLimit, onStop });
    // Where no execution came, no fault can do harm.
    if (outcome !== 'finished') throw new ModelError(`run ${number} does not end as it should: ${outcome}: ${detail}`);
  }
  for (const mutant of left) decide(mutant, 'equivalent');
  return judged;
}
