import type { FinalLine, RecordLine, SummaryLine } from '../../harness/record/index.ts';
import { plural } from '../plural.ts';
import { type Cell, layOut } from './columns.ts';
import { encodings } from './encodings.ts';
import { severalNames } from './several-names.ts';
import type { Style } from './style.ts';
import { defaultWidth, indented, wrap } from './wrap.ts';

type ArchitectureTotals = FinalLine['architectures'][number];
type Answers = Pick<
  SummaryLine,
  'unwinder' | 'verdicts' | 'unexpectedMissing' | 'producerFaults' | 'stops' | 'distinctPcs' | 'executed' | 'emitted'
>;

export interface TableOptions {
  /** A line for every unwinder of every scenario. */
  readonly verbose?: boolean;
  /** Columns. */
  readonly width?: number;
}

/**
 * A table of scenarios for each architecture, with what the stops cover below it. A scenario has one line for all
 * unwinders that gave the same verdicts at the same stops; with `verbose`, one for each.
 */
export function summaryTable(
  record: readonly RecordLine[],
  style: Style,
  { verbose = false, width = defaultWidth }: TableOptions = {},
): string[] {
  const final = record.findLast((line) => line.kind === 'final');
  if (final === undefined) return [];
  return final.architectures.flatMap((totals) => {
    const { architecture } = totals;
    const all = record.filter((line) => line.kind === 'summary').filter((line) => line.architecture === architecture);
    const lines = verbose ? all : merged(all);
    // In the order of the sums.
    const summed = totals.unwinders.map(({ unwinder }) => unwinder);
    const seen = new Set(all.map(({ unwinder }) => unwinder));
    const names = [...summed.filter((name) => seen.has(name)), ...[...seen].filter((name) => !summed.includes(name))];
    const seconds = final.timing.unwinders[architecture] ?? {};
    const [head, ...rows] = layOut(
      [
        [{ text: 'scenario' }, { text: 'unwinder' }, ...numberHeaders],
        ...lines.map((line, i) => [
          { text: nameOf(line, lines[i - 1]) },
          { text: line.unwinder },
          ...numbers(line, line.timing.seconds, style),
        ]),
      ],
      width,
    );
    // Apart, since they have wider numbers and need no column for the scenario.
    const [sumHead, ...sums] = layOut(
      [
        [{ text: 'in all' }, ...numberHeaders],
        ...totals.unwinders.map((line) => [
          { text: `  ${line.unwinder}` },
          ...numbers(line, seconds[line.unwinder] ?? 0, style),
        ]),
      ],
      width,
    );
    const scenarios = lines.flatMap((line, i) => {
      const isFirst = i === 0 || groupOf(lines[i - 1]!) !== groupOf(line);
      return isFirst ? [`${groupOf(line)}/`, rows[i]!] : [rows[i]!];
    });
    const [first, ...more] = wrap(names.join(', '), width - architecture.length - ': '.length);
    return [
      `${style('bold', architecture)}: ${first}`,
      ...more.map((line) => `  ${line}`),
      style('dim', head!),
      ...scenarios,
      '',
      style('dim', sumHead!),
      ...sums,
      ...coverage(totals, width),
      ...encodings(totals, width),
      '',
    ];
  });
}

/** Makes one line of those of a scenario whose unwinders saw the same programs and agree; its rate is their mean. */
function merged(lines: readonly SummaryLine[]): SummaryLine[] {
  const scenarios = new Map<string, SummaryLine[]>();
  for (const line of lines) scenarios.set(line.scenario, [...(scenarios.get(line.scenario) ?? []), line]);
  return [...scenarios.values()].flatMap((own) => {
    const agreeing = new Map<string, SummaryLine[]>();
    for (const line of own) agreeing.set(answersKey(line), [...(agreeing.get(answersKey(line)) ?? []), line]);
    return [...agreeing.values()].map((alike) => {
      const seconds = alike.reduce((sum, { timing }) => sum + timing.seconds, 0);
      const names = alike.map(({ unwinder }) => unwinder);
      const unwinder = own.length > 1 && agreeing.size === 1 ? 'all' : severalNames(names);
      return { ...alike[0]!, unwinder, timing: { seconds: seconds / alike.length } };
    });
  });
}

/** Equal for unwinders with the same verdicts at the same stops. */
function answersKey(line: SummaryLine): string {
  const { verdicts, unexpectedMissing, producerFaults, programs, stops, executed, emitted } = line;
  return JSON.stringify([verdicts, unexpectedMissing, producerFaults, programs, stops, executed, emitted]);
}

/** The part of a scenario's name before the slash; it stands on a line of its own, which keeps the table narrow. */
function groupOf({ scenario }: SummaryLine): string {
  return scenario.slice(0, scenario.indexOf('/'));
}

/** The rest of the name; empty where the line above is of the same scenario. */
function nameOf({ scenario }: SummaryLine, above: SummaryLine | undefined): string {
  return scenario === above?.scenario ? '' : `  ${scenario.slice(scenario.indexOf('/') + 1)}`;
}

const numberHeaders: readonly Cell[] = [
  ...['stops', 'PCs', 'executed', 'rate'].map((text) => ({ text, align: 'right' as const })),
  { text: 'verdicts' },
];

function numbers(line: Answers, seconds: number, style: Style): Cell[] {
  const executed = line.executed === line.emitted ? count(line.emitted) : `${line.executed} of ${line.emitted}`;
  const { verdicts, unexpectedMissing } = line;
  const failed = verdicts.fail + verdicts.error + unexpectedMissing > 0;
  return [
    { text: count(line.stops), align: 'right' },
    { text: count(line.distinctPcs), align: 'right' },
    { text: line.emitted === 0 ? '-' : executed, align: 'right' },
    { text: rate(line.stops, seconds), align: 'right' },
    {
      text: verdictText(line),
      paint: (text) => style(failed ? 'red' : verdicts.missing + line.producerFaults > 0 ? 'yellow' : 'green', text),
    },
  ];
}

/**
 * `all pass` (`rows pass` where nothing can be executed), or every other verdict that was given; and the stops excluded
 * from judgement. The rest passed.
 */
function verdictText({ verdicts, producerFaults, stops }: Answers): string {
  const { pass, ...others } = verdicts;
  const words = Object.entries(others)
    .filter(([, number]) => number > 0)
    .map(([verdict, number]) => `${count(number)} ${verdict}`);
  if (words.length === 0 && pass > 0) words.push(stops > 0 ? 'all pass' : 'rows pass');
  if (producerFaults > 0) words.push(`${count(producerFaults)} excluded`);
  return words.length === 0 ? 'nothing judged' : words.join(', ');
}

function coverage(totals: ArchitectureTotals, width: number): string[] {
  const { stops, executed, emitted, paddingBytes, codeBytes, registerPairs, rowPairs, busiestPcShare } = totals;
  return [
    `${plural(stops, 'stop')} at ${plural(totals.distinctPcs, 'PC')}, ${share(busiestPcShare)} of them at the busiest`,
    `${plural(rowPairs, 'distinct pair')} of a row and its caller's row`,
    ...(emitted === 0
      ? []
      : [
          `${count(executed)} of ${count(emitted)} emitted instructions executed; ${share(ratio(paddingBytes, codeBytes))} of the generated code is padding`,
        ]),
    `saved and live value differ in ${share(ratio(registerPairs.differing, registerPairs.compared))} of ${count(registerPairs.compared)} compared (stop, register) pairs`,
  ].flatMap((line) => indented(line, width));
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function share(value: number): string {
  return `${(100 * value).toFixed(value < 0.1 ? 2 : 1)} %`;
}

function count(number: number): string {
  return number.toLocaleString('en');
}

/** Stops unwound and judged in a second of one process. */
function rate(stops: number, seconds: number): string {
  if (seconds === 0) return '-';
  const perSecond = stops / seconds;
  return perSecond >= 1e6 ? `${(perSecond / 1e6).toFixed(1)} M/s` : `${Math.round(perSecond / 1e3)} k/s`;
}
