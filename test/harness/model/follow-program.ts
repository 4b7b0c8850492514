import type { Program } from '../../../generators/program.ts';
import type { EmulatorFactory } from '../../../harness/emulator/emulator.ts';
import { Executor } from '../../../harness/execution/executor.ts';
import { loadImage } from '../../../harness/loader/load-image.ts';
import {
  FrameIndex,
  HarmFinder,
  InstructionEffects,
  type Judgement,
  SymbolicRun,
  UnsayableError,
} from '../../../harness/model/index.ts';

/** What the model says of each stop of a program by the program's own rows; undefined where it has no words for it. */
export function followProgram(
  program: Program,
  emulators: EmulatorFactory,
): { readonly judgements: readonly Judgement[]; readonly unknown: readonly string[] } | undefined {
  const image = loadImage(program.image, { name: program.name, loadBias: program.loadBias });
  const { architecture } = image;
  let index: FrameIndex;
  try {
    index = new FrameIndex(architecture, program.frames!.fdes);
  } catch (error) {
    if (error instanceof UnsayableError) return undefined;
    throw error;
  }
  const effects = new InstructionEffects(image);
  const judgements: Judgement[] = [];
  const executor = new Executor({ image, stacks: program.stacks, seed: program.seed, emulators });
  for (const [number, run] of program.runs.entries()) {
    const symbolic = new SymbolicRun(architecture, program.stacks.length, (pc) => effects.at(pc));
    const finder = new HarmFinder(symbolic, index);
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
  return { judgements, unknown: [...effects.unknown] };
}
