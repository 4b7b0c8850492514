import { unicornFactory } from '../emulator/unicorn.ts';
import { describeError } from '../runner/answer-judge.ts';
import { serve } from '../runner/child-loop.ts';
import { basicUnwinders } from '../unwinders/registry.ts';
import { executeFunction } from './execute-function.ts';
import { loadFile, makeReady } from './load-file.ts';
import type { ExecAnswer, ExecJob } from './result.ts';

serve<null, ExecJob, string, ExecAnswer>(async () => {
  const emulators = unicornFactory();
  const options = { emulators, unwinders: basicUnwinders };
  return {
    about: emulators.version,
    work(job) {
      try {
        return { result: executeFunction(makeReady(loadFile(job), job.seed, emulators), job, options) };
      } catch (error) {
        return { problem: describeError(error) };
      }
    },
  };
});
