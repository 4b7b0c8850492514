import type { Program } from '../../generators/program.ts';
import { explainFailure as explain } from '../../reports/explanation-text.ts';
import { replayCommand as replay } from '../../reports/replay.ts';
import type { FailureLine } from '../record/index.ts';
import type { FailureGroup } from './program-result.ts';

/** Where a failure of `runProgram` comes from, as far as its result does not say it. */
export interface FailureOrigin {
  readonly program: Program;
  /** What the scenario generated the program with. */
  readonly seed: string;
  /** The file that exports the unwinder by default, for the command line to find it. */
  readonly module?: string;
}

/** A failure for people, as the command line prints it: where, why, the code with its rows, the frames, the replay. */
export function explainFailure(failure: FailureGroup, origin: FailureOrigin): string {
  return explain(header(failure, origin), line(failure, origin)).join('\n');
}

/** The command that runs just the first stop of a failure again. */
export function replayCommand(failure: FailureGroup, origin: FailureOrigin): string {
  return replay(header(failure, origin), line(failure, origin));
}

function header({ unwinder }: FailureGroup, { seed, module }: FailureOrigin) {
  const description = { name: unwinder, description: '', lacks: [], ...(module !== undefined && { module }) };
  return { seed, mode: 'full' as const, unwinders: [description] };
}

function line(failure: FailureGroup, { program }: FailureOrigin): FailureLine {
  const { name, scenario, architecture } = program;
  const index = Number(name.slice(name.lastIndexOf('#') + 1));
  const example = { program: index, ...failure.example };
  return { kind: 'failure', architecture, scenario, programs: 1, ...failure, example };
}
