import type { Program } from '../../../generators/program.ts';
import type { EmulatorFactory } from '../../../harness/emulator/emulator.ts';
import { Executor } from '../../../harness/execution/executor.ts';
import { loadImage } from '../../../harness/loader/load-image.ts';
import { type Judgement, ProgramModel, UnsayableError } from '../../../harness/model/index.ts';

/** What the model says of each stop of a program by the program's own rows; undefined where it has no words for it. */
export function followProgram(program: Program, emulators: EmulatorFactory): readonly Judgement[] | undefined {
  const image = loadImage(program.image, { name: program.name, loadBias: program.loadBias });
  let model: ProgramModel;
  try {
    model = new ProgramModel(program, image);
  } catch (error) {
    if (error instanceof UnsayableError) return undefined;
    throw error;
  }
  const judgements: Judgement[] = [];
  const executor = new Executor({ image, stacks: program.stacks, seed: program.seed, emulators });
  for (const [number, run] of program.runs.entries()) {
    const { run: symbolic, finder } = model.start();
    executor.run({
      run,
      index: number,
      limit: 1_000_000,
      onStop(stop) {
        symbolic.arrive(stop);
        judgements.push(finder.walk(stop));
      },
    });
  }
  executor.close();
  return judgements;
}
