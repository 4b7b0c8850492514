import { explanationLines } from '../../reports/explanation-text.ts';
import { layOut } from '../../reports/terminal/index.ts';
import type { Blame } from './attribution.ts';
import type { AttributedFailure, ExecReport } from './exec-report.ts';

/** Failures printed at length. */
const shown = 4;

const blameText: Readonly<Record<Blame, string>> = {
  producer: 'the producer of the CFI',
  engine: 'the engine',
  program: 'the program',
  unknown: 'not known',
};

/** A report for people: what ran, the verdicts, and the first failures with who is to blame. */
export function execText(report: ExecReport): string {
  const { file, architecture, outcome, detail, exitStatus, stops, distinctPcs, functions, unwinders, failures } =
    report;
  const ended = outcome === 'finished' ? `finished with ${exitStatus ?? 'no result'}` : `${outcome}: ${detail}`;
  const lines = [
    `${report.function} of ${file} (${architecture}, seed ${report.seed}, ${report.emulator})`,
    `${ended}; ${plural(stops, 'stop')} at ${plural(distinctPcs, 'address', 'addresses')}`,
    '',
    'functions reached',
    ...layOut(functions.map(({ name, stops: count }) => [{ text: `  ${name}` }, { text: plural(count, 'stop') }])),
    '',
    'verdicts',
    ...layOut(
      unwinders.map(({ unwinder, verdicts }) => [
        { text: `  ${unwinder}` },
        { text: `pass ${verdicts.pass}  fail ${verdicts.fail}  missing ${verdicts.missing}  error ${verdicts.error}` },
      ]),
    ),
  ];
  const groups = sameInModes(failures);
  for (const group of groups.slice(0, shown)) lines.push('', ...failureLines(group));
  if (groups.length > shown) lines.push('', `and ${plural(groups.length - shown, 'more group')} of failures (--json)`);
  if (failures.length > 0) lines.push('', `to blame: ${blames(failures)}`);
  return `${lines.join('\n')}\n`;
}

/** The same failure in several of the engine's modes is one for people: the first, with the names of all. */
function sameInModes(failures: readonly AttributedFailure[]): AttributedFailure[] {
  const merged = new Map<string, AttributedFailure>();
  for (const failure of failures) {
    const { verdict, divergence, row, count, example } = failure;
    const key = [verdict, failure.function, divergence, row, count, example.pc, example.message].join('\0');
    const first = merged.get(key);
    merged.set(key, first === undefined ? failure : { ...first, unwinder: `${first.unwinder}, ${failure.unwinder}` });
  }
  return [...merged.values()];
}

function failureLines(failure: AttributedFailure): string[] {
  const { verdict, unwinder, divergence, count, row, lookups, example, blame, reason } = failure;
  return [
    `${verdict}: ${failure.function}, ${unwinder}: ${divergence} (${plural(count, 'stop')})`,
    ...(row === '' ? [] : [`  row    ${row}`]),
    ...(lookups.length === 0 ? [] : [`  at     ${lookups.slice(0, 8).join(' ')}${lookups.length > 8 ? ' …' : ''}`]),
    `  why    ${example.message} (first at stop ${example.stop}, pc ${example.pc})`,
    `  blame  ${blameText[blame]}: ${reason}`,
    ...(example.explanation === undefined ? [] : explanationLines(example.explanation)),
  ];
}

function blames(failures: readonly AttributedFailure[]): string {
  const counts = new Map<Blame, number>();
  for (const { blame, count } of failures) counts.set(blame, (counts.get(blame) ?? 0) + count);
  return Array.from(counts, ([blame, count]) => `${blameText[blame]} ${plural(count, 'verdict')}`).join(', ');
}

function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : many}`;
}
