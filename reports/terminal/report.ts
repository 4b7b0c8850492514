import type { FailureLine, RecordLine } from '../../harness/record/index.ts';
import { explainFailure, explanationNotes } from '../explanation-text.ts';
import { plural } from '../plural.ts';
import { givenUp } from './given-up.ts';
import { producerFaults } from './producer-faults.ts';
import type { Style } from './style.ts';
import { summaryTable, type TableOptions } from './summary-table.ts';
import { defaultWidth } from './wrap.ts';
import { wrongPrograms } from './wrong-programs.ts';

/** Failures explained at length; the record has them all. */
const explained = 3;

/** What a run prints at its end: the table, known faults of compilers, the first failures, the result. */
export function terminalReport(
  record: readonly RecordLine[],
  style: Style,
  { verbose = false, width = defaultWidth }: TableOptions = {},
): string {
  const header = record.find((line) => line.kind === 'header');
  const final = record.findLast((line) => line.kind === 'final');
  if (header === undefined || final === undefined) return '';
  const failures = record.filter((line) => line.kind === 'failure');
  const lines = [
    ...summaryTable(record, style, { verbose, width }),
    ...givenUp(record, width),
    ...producerFaults(record),
    ...wrongPrograms(final, width),
  ];
  const shown = mostTelling(failures);
  for (const failure of shown) {
    const [first, ...rest] = explainFailure(header, failure, width);
    lines.push(style('red', first!), ...rest, '');
  }
  const hidden = failures.length - shown.length;
  if (hidden > 0) lines.push(`${plural(hidden, 'more group')} of failures in the record (--out DIR)`, '');
  const explanations = shown.flatMap(({ example }) => example.explanation ?? []);
  if (explanations.length > 0) lines.push('notes', ...explanationNotes(explanations, width), '');
  const programs = record.filter((line) => line.kind === 'program').length;
  const { seed, versions, timing } = header;
  const how = `${plural(programs, 'program')}, seed ${seed}, ${versions.emulator}, ${plural(timing.jobs, 'process', 'processes')}`;
  const result = final.passed ? style('green', 'PASS') : style('red', 'FAIL');
  lines.push(`${result}  ${how}, ${final.timing.seconds.toFixed(1)} s`);
  return `${lines.join('\n')}\n`;
}

/**
 * Failures that differ in more than the unwinder, in another scenario and in another way each where there are such; those
 * with a smaller program first, then those that can be explained.
 */
function mostTelling(failures: readonly FailureLine[]): FailureLine[] {
  const different = new Map<string, FailureLine>();
  for (const failure of failures) {
    const { architecture, scenario, row, divergence, example } = failure;
    const key = [architecture, scenario, row, divergence, example.message].join('\0');
    if (!different.has(key)) different.set(key, failure);
  }
  const candidates = [...different.values()];
  const rank = ({ shrunk, example }: FailureLine) => (shrunk ? 0 : example.explanation === undefined ? 2 : 1);
  const sorted = candidates.toSorted((a, b) => rank(a) - rank(b));
  const chosen: FailureLine[] = [];
  const isNew = (one: FailureLine, part: 'scenario' | 'divergence') =>
    chosen.every((other) => other[part] !== one[part]);
  const take = (wanted: (one: FailureLine) => boolean) => {
    for (const one of sorted) if (chosen.length < explained && !chosen.includes(one) && wanted(one)) chosen.push(one);
  };
  take((one) => isNew(one, 'scenario') && isNew(one, 'divergence'));
  take((one) => !chosen.some(({ scenario, divergence }) => scenario === one.scenario && divergence === one.divergence));
  take(() => true);
  return chosen;
}
