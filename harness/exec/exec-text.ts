import {
  addressText,
  codeLines,
  defaultWidth,
  explanationLines,
  explanationNotes,
} from '../../reports/explanation-text.ts';
import { plural } from '../../reports/plural.ts';
import { labelled, layOut, wrap } from '../../reports/terminal/index.ts';
import { findingLines } from '../findings/index.ts';
import type { Blame } from './attribution.ts';
import type { AttributedFailure, ExecReport } from './exec-report.ts';
import type { LastPlace, WrittenText } from './result.ts';

/** Failures printed at length. */
const shown = 4;
/** Lines of the program's output, and characters of each. */
const shownLines = 20;
const longestLine = 200;

const blameText: Readonly<Record<Blame, string>> = {
  producer: 'the producer of the CFI',
  engine: 'the engine',
  program: 'the program',
  unknown: 'not known',
};

/** Stacks deeper than this on average are what the time of an execution goes into. */
const deepOnAverage = 25;

/** A report for people: what ran, the verdicts, and the first failures with who is to blame. */
export function execText(report: ExecReport, known: ReadonlySet<string>, width = defaultWidth): string {
  const { file, architecture, outcome, detail, exitStatus, stops, distinctPcs, functions, unwinders, failures, last } =
    report;
  const ended = outcome === 'finished' ? `finished with ${exitStatus ?? 'no result'}` : `${outcome}: ${detail}`;
  const lines = [
    `${report.function} of ${file} (${architecture}, seed ${report.seed}, ${report.emulator})`,
    `${ended}; ${plural(stops, 'stop')} at ${plural(distinctPcs, 'address', 'addresses')}`,
    ...(report.signals === 0 ? [] : [`${plural(report.signals, 'signal')} delivered`]),
    ...depthLines(report, width),
    ...report.notes.flatMap((note) => labelled('note: ', note, width)),
    ...(last === undefined ? [] : lastLines(report, last, width)),
    ...writtenLines('standard output', report.stdout),
    ...writtenLines('standard error', report.stderr),
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
  const listed = groups.slice(0, shown);
  for (const group of listed) lines.push('', ...failureLines(group, width));
  if (groups.length > shown) lines.push('', `and ${plural(groups.length - shown, 'more group')} of failures (--json)`);
  const explanations = listed.flatMap(({ example }) => example.explanation ?? []);
  if (explanations.length > 0) lines.push('', 'notes', ...explanationNotes(explanations, width));
  for (const finding of report.findings) {
    lines.push('', ...findingLines(finding, width));
    if (known.has(finding.fingerprint)) lines.push('  known by the baseline');
  }
  if (report.findings.length > 0) lines.push('', 'what each kind means: FINDINGS.md');
  if (failures.length > 0) lines.push('', `to blame: ${blames(failures)}`);
  lines.push(...startHint(report, width));
  return `${lines.join('\n')}\n`;
}

/** The first lines of what the program wrote. */
function writtenLines(name: string, written: WrittenText | undefined): string[] {
  if (written === undefined) return [];
  const all = written.text.replace(/\n$/, '').split('\n');
  const rest = all.length > shownLines ? [`  … (${written.bytes.toLocaleString('en')} bytes in all: --json)`] : [];
  return ['', name, ...all.slice(0, shownLines).map((line) => `  ${printable(line)}`), ...rest];
}

/** Nothing that moves the cursor or colours the terminal. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd').slice(0, longestLine);

function depthLines({ deepest, meanDepth, unjudged }: ExecReport, width: number): string[] {
  if (meanDepth < deepOnAverage && unjudged === 0) return [];
  const depth = `stacks of ${plural(meanDepth, 'frame')} on average, ${deepest.toLocaleString('en')} at most`;
  const advice = 'smaller --args make them less deep';
  if (unjudged === 0) return wrap(`${depth}: unwinding them takes most of the time; ${advice}`, width);
  const skipped = `${plural(unjudged, 'stop')} not judged, since unwinding had taken enough`;
  return wrap(`${depth}: ${skipped}; ${advice}, a larger --limit allows more`, width);
}

/** Where it stood when it ended otherwise than it should. */
function lastLines({ outcome }: ExecReport, last: LastPlace, width: number): string[] {
  const advice = outcome === 'limit' ? 'a larger --limit lets it go on' : 'it did not come to its end';
  return [
    `  at     ${addressText(last.pc, last.function)}`,
    `  blame  the program: ${advice}`,
    '',
    ...codeLines(last.code, BigInt(last.function.start), width),
  ];
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

function failureLines(failure: AttributedFailure, width: number): string[] {
  const { verdict, unwinder, divergence, count, row, example, blame, reason } = failure;
  const first = `(first at stop ${example.stop}, pc ${example.pc})`;
  return [
    `${verdict}: ${failure.function}, ${unwinder}: ${divergence} (${plural(count, 'stop')})`,
    ...(row === '' ? [] : labelled('  row    ', row, width)),
    ...labelled('  at     ', placesText(failure), width),
    ...labelled('  why    ', `${example.message} ${first}`, width),
    ...labelled('  blame  ', `${blameText[blame]}: ${reason}`, width),
    ...(example.explanation === undefined ? [] : explanationLines(example.explanation, width)),
  ];
}

/** Where the row was looked up, as the file has it: the first address, and offsets in the function. */
function placesText({ function: name, functionStart, lookups }: AttributedFailure): string {
  const offsets = lookups.slice(0, 8).map((one) => `+0x${(BigInt(one) - BigInt(functionStart)).toString(16)}`);
  if (offsets.length === 0) return 'no instruction';
  const more = lookups.length > offsets.length ? [`and ${lookups.length - offsets.length} more`] : [];
  return `${lookups[0]} in the file: ${name}${[...offsets, ...more].join(' ')}`;
}

function blames(failures: readonly AttributedFailure[]): string {
  const counts = new Map<Blame, number>();
  for (const { blame, count } of failures) counts.set(blame, (counts.get(blame) ?? 0) + count);
  return Array.from(counts, ([blame, count]) => `${blameText[blame]} (${plural(count, 'verdict')})`).join(', ');
}

/** Written in C, `_start` looks to its rows like a function with a caller, which fails at every stop. */
function startHint({ function: name, architecture, failures }: ExecReport, width: number): string[] {
  const isOnlyTheEnd = failures.every(
    (failure) => failure.function === '_start' && ['went on too far', 'way of ending'].includes(failure.divergence),
  );
  if (name !== '_start' || failures.length === 0 || !isOnlyTheEnd) return [];
  const register = architecture === 'x86-64' ? 'rip' : 'x30';
  const cause = `_start has no caller, and its CFI must say so (.cfi_undefined ${register})`;
  return labelled('hint: ', `${cause}; to test the rest, use --function main`, width);
}
