import { describe, expect, it } from 'vitest';
import type { SurveyFunction } from '../../../harness/record/survey.ts';
import { surveyTotals } from '../../../harness/survey/totals.ts';

const called = (stops: number, unjudged: number): SurveyFunction => ({
  kind: 'function',
  name: 'f',
  address: '0x1000',
  calls: [{ arguments: [], outcome: 'finished', detail: '', stops, unjudged }],
  unwinders: [{ unwinder: 'dwarf', verdicts: { pass: stops - unjudged, fail: 0, missing: 0, error: 0 } }],
  failures: [],
});

describe('surveyTotals', () => {
  it('passes where every stop was judged', () => {
    expect(surveyTotals([called(10, 0)])).toMatchObject({ passed: true, stops: 10, unjudged: 0 });
  });

  it('does not pass where a stop was not judged, in whichever function', () => {
    expect(surveyTotals([called(10, 0), called(10, 1)])).toMatchObject({ passed: false, stops: 20, unjudged: 1 });
  });

  it('does not pass where nothing was executed', () => {
    expect(surveyTotals([called(0, 0)])).toMatchObject({ passed: false, stops: 0 });
    expect(surveyTotals([])).toMatchObject({ passed: false });
  });
});
