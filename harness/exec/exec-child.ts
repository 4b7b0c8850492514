import { readFileSync } from 'node:fs';
import { describeError } from '../describe-error.ts';
import { unicornFactory } from '../emulator/unicorn.ts';
import { serve } from '../runner/child-loop.ts';
import { basicUnwinders } from '../unwinders/registry.ts';
import { executeFunction } from './execute-function.ts';
import { loadFile, makeReady } from './load-file.ts';
import type { ExecAnswer, ExecJob } from './result.ts';

serve<null, ExecJob, string, ExecAnswer>(async () => {
  const emulators = unicornFactory();
  return {
    about: emulators.version,
    work(job) {
      try {
        const input = job.stdin === undefined ? {} : { input: Uint8Array.from(readFileSync(job.stdin)) };
        const program = makeReady(loadFile(job), job.seed, emulators);
        return { result: executeFunction(program, job, { emulators, unwinders: basicUnwinders, ...input }) };
      } catch (error) {
        return { problem: describeError(error) };
      }
    },
  };
});
