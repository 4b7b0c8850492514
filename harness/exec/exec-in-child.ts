import { fileURLToPath } from 'node:url';
import { runInChildren } from '../runner/pool.ts';
import { brokenResult, type ExecReport, makeReport } from './exec-report.ts';
import type { LoadedFile } from './load-file.ts';
import type { ExecAnswer, ExecJob, ExecResult } from './result.ts';

/** Milliseconds without an answer after which the child is killed; far above what the instruction limit takes. */
const backstop = 600_000;

/**
 * Executes a function in a child process, so that a crash of the emulator is a verdict and not the end of the caller.
 * `loaded` is the job's file.
 */
export async function execInChild(job: ExecJob, loaded: LoadedFile): Promise<ExecReport> {
  const module = fileURLToPath(new URL('exec-child.js', import.meta.url));
  let result: ExecResult | undefined;
  const emulator = await runInChildren<null, ExecJob, string, ExecAnswer>(
    { module, children: 1, settings: null, backstop },
    [job],
    (_, outcome) => {
      if ('died' in outcome) result = brokenResult(outcome);
      else result = 'problem' in outcome.result ? brokenResult(outcome.result) : outcome.result.result;
    },
  );
  return makeReport(job, loaded, emulator ?? '', result!);
}
