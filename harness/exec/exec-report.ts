import type { ArchitectureName } from '../../engine/index.ts';
import { type ExecFinding, makeFindings } from '../findings/index.ts';
import { Attributors, type Blame } from './attribution.ts';
import type { LoadedFile } from './load-file.ts';
import type { ExecAnswer, ExecFailure, ExecJob, ExecResult } from './result.ts';

/** A failure with who is to blame for it. */
export interface AttributedFailure extends ExecFailure {
  readonly blame: Blame;
  /** One line: why. */
  readonly reason: string;
}

/** What `plumbline exec` prints, as one object with `--json`. */
export interface ExecReport extends Omit<ExecResult, 'failures' | 'evidence'> {
  readonly file: string;
  /** `_start` where the file was entered at its entry point. */
  readonly function: string;
  readonly architecture: ArchitectureName;
  readonly seed: string;
  /** The emulator's name and version. */
  readonly emulator: string;
  /** It ran to its end, every stop was judged and every unwinder passed there. */
  readonly passed: boolean;
  readonly failures: readonly AttributedFailure[];
  /** What is wrong, each with what mends it. */
  readonly findings: readonly ExecFinding[];
}

/** Puts a result into words others can use, with every failure attributed; readelf is run only where there are any. */
export function makeReport(job: ExecJob, loaded: LoadedFile, emulator: string, result: ExecResult): ExecReport {
  const { architecture } = loaded.image;
  const { failures, evidence, ...rest } = result;
  const attributors = new Attributors(loaded.image, loaded.elf);
  const attributed = failures.map((failure) => ({ ...failure, ...attributors.attribute(failure) }));
  const passed =
    rest.outcome === 'finished' && rest.unjudged === 0 && failures.length === 0 && rest.unwinders.length > 0;
  return {
    file: job.file,
    function: job.function ?? '_start',
    architecture: architecture.name,
    seed: job.seed,
    emulator,
    passed,
    ...rest,
    failures: attributed,
    findings: makeFindings({
      image: loaded.image,
      failures: attributed,
      evidence,
      attribute: (failure) => attributors.attribute(failure),
    }),
  };
}

/** What stands for an execution that killed the process it ran in, or could not start. */
export function brokenResult(answer: Extract<ExecAnswer, { problem: string }> | { readonly died: string }): ExecResult {
  const detail = 'died' in answer ? `the process that executed it died: ${answer.died}` : answer.problem;
  const nothing = { signals: 0, stops: 0, unjudged: 0, deepest: 0, meanDepth: 0, distinctPcs: 0 };
  return { outcome: 'fault', detail, ...nothing, functions: [], unwinders: [], failures: [], evidence: [], notes: [] };
}
