import type { RecordLine } from '../../harness/record/index.ts';
import { explainFailure } from '../explanation-text.ts';
import type { Style } from './style.ts';
import { summaryTable } from './summary-table.ts';

/** Failures explained at length; the record has them all. */
const explained = 3;

/** What a run prints at its end: the table, the first failures, the result. */
export function terminalReport(record: readonly RecordLine[], style: Style): string {
  const header = record.find((line) => line.kind === 'header');
  const final = record.findLast((line) => line.kind === 'final');
  if (header === undefined || final === undefined) return '';
  const failures = record.filter((line) => line.kind === 'failure');
  // Those that can be shown in full come first.
  const ordered = [
    ...failures.filter(({ example }) => example.explanation !== undefined),
    ...failures.filter(({ example }) => example.explanation === undefined),
  ];
  const lines = summaryTable(record, style);
  for (const failure of ordered.slice(0, explained)) {
    const [first, ...rest] = explainFailure(header, failure);
    lines.push(style('red', first!), ...rest, '');
  }
  if (failures.length > explained) {
    lines.push(`${failures.length - explained} more groups of failures are in the record (--out DIR)`, '');
  }
  const programs = record.filter((line) => line.kind === 'program').length;
  const { seed, versions, timing } = header;
  const how = `${programs.toLocaleString('en')} programs, seed ${seed}, ${versions.emulator}, ${timing.jobs} processes`;
  const result = final.passed ? style('green', 'PASS') : style('red', 'FAIL');
  lines.push(`${result}  ${how}, ${final.timing.seconds.toFixed(1)} s`);
  return `${lines.join('\n')}\n`;
}
