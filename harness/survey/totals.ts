import type { SurveyFinal, SurveyFunction } from '../record/survey.ts';

/** Whether there were stops that somebody was judged at, and no process died: nothing is known of the others. */
export function isAllJudged({
  problems,
  stops,
  unwinders,
}: Pick<SurveyFinal, 'problems' | 'stops' | 'unwinders'>): boolean {
  return problems === 0 && stops > 0 && unwinders.length > 0;
}

/** The sums of a survey; it passes where all was judged and nothing failed but what a called function itself has broken. */
export function surveyTotals(functions: readonly SurveyFunction[]): Omit<SurveyFinal, 'timing'> {
  const outcomes: SurveyFinal['outcomes'] = { finished: 0, fault: 0, limit: 0, 'system-call': 0, abi: 0 };
  const blames: SurveyFinal['blames'] = { producer: 0, engine: 0, program: 0, unknown: 0 };
  const coverage = { executed: 0, instructions: 0 };
  const byUnwinder = new Map<string, { pass: number; fail: number; missing: number; error: number }>();
  let stops = 0;
  let problems = 0;
  for (const one of functions) {
    if (one.problem !== undefined) problems++;
    for (const call of one.calls) {
      outcomes[call.outcome] = (outcomes[call.outcome] ?? 0) + 1;
      stops += call.stops;
    }
    coverage.executed += one.coverage?.executed ?? 0;
    coverage.instructions += one.coverage?.instructions ?? 0;
    for (const { blame, count } of one.failures) blames[blame] = (blames[blame] ?? 0) + count;
    for (const { unwinder, verdicts } of one.unwinders) {
      const sum = byUnwinder.get(unwinder) ?? { pass: 0, fail: 0, missing: 0, error: 0 };
      for (const verdict of ['pass', 'fail', 'missing', 'error'] as const) sum[verdict] += verdicts[verdict];
      byUnwinder.set(unwinder, sum);
    }
  }
  const unwinders = Array.from(byUnwinder, ([unwinder, verdicts]) => ({ unwinder, verdicts }));
  const isClean = !blames.engine && !blames.producer && !blames.unknown;
  return {
    kind: 'final',
    passed: isClean && isAllJudged({ problems, stops, unwinders }),
    functions: functions.length,
    outcomes,
    problems,
    stops,
    coverage,
    unwinders,
    blames,
  };
}
