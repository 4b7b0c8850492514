import type { SurveyFinal, SurveyFindings } from '../../harness/record/survey.ts';
import { type Cell, layOut } from '../terminal/columns.ts';
import type { Style } from '../terminal/style.ts';

/** What calling every function of a library gave. */
export interface LibrarySurvey {
  readonly name: string;
  readonly architecture: string;
  readonly findings: SurveyFindings;
  readonly final: SurveyFinal;
}

/** Whether somebody was judged, no process died, and nobody but producers and programs is to blame. */
export function isSound({ stops, problems, unwinders, blames }: SurveyFinal): boolean {
  return stops > 0 && unwinders.length > 0 && problems === 0 && !blames.engine && !blames.unknown;
}

const columns = ['functions', 'stops', 'pass', 'findings', 'engine', 'unknown', 'died', 'seconds'] as const;
type Counts = Readonly<Record<(typeof columns)[number], number>>;

/**
 * Surveys of several libraries as a table, with sums for each architecture: `findings` are the producers' findings,
 * `engine` and `unknown` the failing verdicts these are to blame for, `died` functions that could not be called.
 */
export function librariesText(surveys: readonly LibrarySurvey[], seconds: number, style: Style): string {
  const right = (text: string): Cell => ({ text, align: 'right' });
  const row = (name: string, counts: Counts): Cell[] => [
    { text: name },
    ...columns.map((column) => right(Math.round(counts[column]).toLocaleString('en'))),
  ];
  const rows: Cell[][] = [[{ text: 'library' }, ...columns.map(right)]];
  for (const architecture of new Set(surveys.map((survey) => survey.architecture))) {
    const own = surveys.filter((survey) => survey.architecture === architecture);
    for (const survey of own) rows.push(row(survey.name, countsOf(survey)));
    rows.push(row(`in all, ${architecture}`, sum(own.map(countsOf))));
  }
  const isPassed = surveys.length > 0 && surveys.every(({ final }) => isSound(final));
  const verdict = isPassed
    ? `${style('green', 'PASS')}  nobody but producers is to blame`
    : `${style('red', 'FAIL')}  the engine or the truth is wrong, or a process died`;
  return `${layOut(rows).join('\n')}\n\n${verdict}, ${seconds.toFixed(1)} s`;
}

function countsOf({ final, findings }: LibrarySurvey): Counts {
  const { functions, stops, unwinders, blames, problems, timing } = final;
  return {
    functions,
    stops,
    pass: Math.min(...unwinders.map(({ verdicts }) => verdicts.pass)),
    findings: findings.findings.filter(({ blame }) => blame === 'producer').length,
    engine: blames.engine ?? 0,
    unknown: blames.unknown ?? 0,
    died: problems,
    seconds: timing.seconds,
  };
}

function sum(all: readonly Counts[]): Counts {
  return Object.fromEntries(
    columns.map((column) => [column, all.reduce((total, counts) => total + counts[column], 0)]),
  ) as Counts;
}
