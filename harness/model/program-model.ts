import type { Program } from '../../generators/program.ts';
import type { LoadedImage } from '../loader/image.ts';
import { FrameIndex } from './frame-index.ts';
import { HarmFinder } from './harm.ts';
import { InstructionEffects } from './instruction-effects.ts';
import { UnsayableError } from './rows/row.ts';
import { SymbolicRun } from './symbolic-run.ts';

/** The model of one program: what its instructions do, and what its call frame information says. */
export class ProgramModel {
  readonly index: FrameIndex;
  readonly effects: InstructionEffects;
  readonly #program: Program;
  readonly #image: LoadedImage;

  /** Throws `UnsayableError` where nothing can be said of the program. */
  constructor(program: Program, image: LoadedImage) {
    const isLimited = program.runs.some(({ room, returnAddress }) => room !== undefined || returnAddress !== undefined);
    if (isLimited || (program.walkEnds ?? []).length > 0) {
      throw new UnsayableError('where walks end is declared, not executed');
    }
    if ((program.libraries ?? []).length > 0) throw new UnsayableError('the program consists of several files');
    if (program.frames === undefined) throw new UnsayableError('the program was not generated');
    this.#program = program;
    this.#image = image;
    this.index = new FrameIndex(image.architecture, program.frames.fdes);
    this.effects = new InstructionEffects(image);
  }

  /** Gets ready to follow a run of the program. */
  start(): { readonly run: SymbolicRun; readonly finder: HarmFinder } {
    const { architecture } = this.#image;
    const run = new SymbolicRun(architecture, this.#program.stacks.length, (pc) => this.effects.at(pc));
    return { run, finder: new HarmFinder(run, this.index) };
  }
}
