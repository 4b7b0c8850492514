import { describe, expect, it } from 'vitest';
import type { SurveyFunction } from '../../../harness/record/survey.ts';
import { surveyTotals } from '../../../harness/survey/totals.ts';

const called = (stops: number): SurveyFunction => ({
  kind: 'function',
  name: 'f',
  address: '0x1000',
  calls: [{ arguments: [], outcome: 'finished', detail: '', stops }],
  unwinders: [{ unwinder: 'dwarf', verdicts: { pass: stops, fail: 0, missing: 0, error: 0 } }],
  failures: [],
});
const died: SurveyFunction = { ...called(0), problem: 'the process that called it died', calls: [], unwinders: [] };

describe('surveyTotals', () => {
  it('passes where every stop was judged', () => {
    expect(surveyTotals([called(10), called(5)])).toMatchObject({ passed: true, functions: 2, stops: 15 });
  });

  it('does not pass where a process died', () => {
    expect(surveyTotals([called(10), died])).toMatchObject({ passed: false, stops: 10, problems: 1 });
  });

  it('does not pass where nothing was executed', () => {
    expect(surveyTotals([called(0)])).toMatchObject({ passed: false, stops: 0 });
    expect(surveyTotals([])).toMatchObject({ passed: false });
  });
});
