import { describeError } from '../describe-error.ts';
import { unicornFactory } from '../emulator/unicorn.ts';
import { loadFile, makeReady } from '../exec/load-file.ts';
import { serve } from '../runner/child-loop.ts';
import { basicUnwinders } from '../unwinders/registry.ts';
import type { SurveyAbout, SurveyAnswer, SurveyJob, SurveySettings } from './result.ts';
import { SurveyProcess } from './survey-process.ts';

serve<SurveySettings, SurveyJob, SurveyAbout, SurveyAnswer>(async (settings) => {
  const emulators = unicornFactory();
  const program = makeReady(loadFile(settings), settings.seed, emulators);
  const process = new SurveyProcess(program, settings, emulators, basicUnwinders);
  return {
    about: { emulator: emulators.version, notes: program.notes ?? [] },
    work(job) {
      try {
        return { result: process.survey(job) };
      } catch (error) {
        return { problem: describeError(error) };
      }
    },
  };
});
