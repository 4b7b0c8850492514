import { describe, expect, it } from 'vitest';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { loadFile, makeReady } from '../../../harness/exec/index.ts';
import type { SurveyJob, SurveySettings } from '../../../harness/survey/result.ts';
import { SurveyProcess } from '../../../harness/survey/survey-process.ts';
import { basicUnwinders } from '../../../harness/unwinders/registry.ts';
import type { Unwinder } from '../../../harness/unwinders/unwinder.ts';
import { missingTools } from '../../tools/external.ts';
import { buildLibraries, compilers } from '../loader/process/libraries.ts';

const emulators = unicornFactory();

function surveyOf(file: string, change: Partial<SurveySettings> = {}, unwinders = basicUnwinders) {
  const settings = { file, libraryPath: [], seed: '1', seeds: 2, limit: 1000, signatures: {}, ...change };
  const loaded = loadFile(settings);
  const jobs = loaded.process!.functions.map(
    ({ name, address, size, isIndirect }, number): SurveyJob => ({
      name,
      address: `0x${address.toString(16)}`,
      size: Number(size),
      isIndirect,
      number,
    }),
  );
  const process = new SurveyProcess(makeReady(loaded, settings.seed, emulators), settings, emulators, unwinders);
  return { jobs, of: (name: string) => process.survey(jobs.find((job) => job.name === name)!) };
}

for (const { name, gcc, dialects } of compilers) {
  describe.skipIf(missingTools(gcc).length > 0)(`the functions of a library for ${name} (needs ${gcc})`, () => {
    const file = buildLibraries(gcc, dialects[0]!);

    it('are those it exports, without those of its dependency', () => {
      const names = surveyOf(file).jobs.map((job) => job.name);
      expect(names).toEqual(expect.arrayContaining(['data', 'indirect', 'initialised', 'through']));
      expect(names).not.toContain('pick');
      expect(names).not.toContain('begin');
    });

    it('begin each call with the same memory, whatever ran before', () => {
      const survey = surveyOf(file);
      const first = survey.of('count_writes');
      survey.of('through');
      expect(survey.of('count_writes')).toEqual(first);
      expect(first.calls.map(({ outcome }) => outcome)).toEqual(['finished', 'finished']);
    });

    it('find in every call the memory that initialisers have been given', () => {
      const survey = surveyOf(file);
      const first = survey.of('given');
      expect(first.calls.map(({ outcome }) => outcome)).toEqual(['finished', 'finished']);
      expect(first.failures).toEqual([]);
      expect(survey.of('given')).toEqual(first);
    });

    it('are judged alike whatever ran before, by an unwinder that keeps something wrong', () => {
      const [sound] = basicUnwinders;
      const worn: Unwinder = {
        ...sound!,
        open(image) {
          const session = sound!.open(image);
          let stops = 0;
          return {
            forget: () => {
              stops = 0;
            },
            unwind(stop, frames) {
              session.unwind(stop, frames);
              if (++stops > 2) frames.count = 1;
            },
          };
        },
      };
      const alone = surveyOf(file, {}, [worn]).of('count_writes');
      expect(alone.failures.length).toBeGreaterThan(0);
      const survey = surveyOf(file, {}, [worn]);
      survey.of('through');
      expect(survey.of('count_writes')).toEqual(alone);
    });

    it('are all executed where they have no branches', () => {
      const { coverage, calls } = surveyOf(file).of('count_writes');
      expect(coverage?.executed).toBe(coverage?.instructions);
      expect(calls[0]!.stops).toBe(coverage?.instructions);
    });

    it('may fault, and the stops until then count', () => {
      const { calls, unwinders } = surveyOf(file, { signatures: { through: [{ kind: 'null' }] } }).of('through');
      expect(calls.map(({ outcome }) => outcome)).toEqual(['fault', 'fault']);
      const stops = calls.reduce((sum, call) => sum + call.stops, 0);
      expect(stops).toBeGreaterThan(0);
      expect(unwinders.map(({ verdicts }) => verdicts.pass)).toEqual(unwinders.map(() => stops));
    });

    it('end where stacks become so deep that unwinding them would take for ever', () => {
      const { calls, unwinders } = surveyOf(file, { limit: 2000, seeds: 1 }).of('descend');
      expect(calls).toMatchObject([{ outcome: 'limit', detail: 'stacks of more than 40,000 frames in all' }]);
      expect(calls[0]!.stops).toBeLessThan(2000);
      expect(unwinders.map(({ verdicts }) => verdicts.pass)).toEqual(unwinders.map(() => calls[0]!.stops));
    });

    it.each(['buffer', 'out'] as const)('get a buffer that ends where memory ends (%s)', (kind) => {
      const outcome = (size: number) =>
        surveyOf(file, { signatures: { through: [{ kind, size }] } }).of('through').calls[0]!.outcome;
      expect([0, 1, 100, 0x1000, 0x1_0000].map(outcome)).toEqual(['fault', ...Array(4).fill('finished')]);
    });

    it('get what a signature says', () => {
      const survey = surveyOf(file, { signatures: { through: [{ kind: 'out', size: 16 }] } });
      const { calls } = survey.of('through');
      expect(calls.map((call) => [call.arguments, call.outcome])).toEqual([
        [['zero'], 'finished'],
        [['zero'], 'finished'],
      ]);
    });
  });
}
