import type {
  SurveyFailure,
  SurveyFinal,
  SurveyFinding,
  SurveyFindings,
  SurveyFunction,
  SurveyHeader,
} from '../../harness/record/survey.ts';
import { plural } from '../plural.ts';
import { layOut } from '../terminal/columns.ts';
import type { Style } from '../terminal/style.ts';
import { labelled } from '../terminal/wrap.ts';

/** Findings shown of each of those to blame, groups of failures, and names of functions in a list. */
const shown = 10;
const shownNames = 3;
const nothingExecuted = '; nothing was executed, so that nothing was judged';
const blameOrder = ['engine', 'unknown', 'producer'] as const;

/** A survey's record. */
export interface SurveyLines {
  readonly header: SurveyHeader;
  readonly functions: readonly SurveyFunction[];
  readonly findings: SurveyFindings;
  readonly final: SurveyFinal;
}

/**
 * The functions of a file that were called, for a terminal: how calls ended, the verdicts, and what was found, most stops
 * first; `findingLines` prints one finding.
 */
export function surveyText(
  { header, functions, findings, final }: SurveyLines,
  findingLines: (finding: SurveyFinding, width: number) => readonly string[],
  style: Style,
  width: number,
): string {
  const { executed, instructions } = final.coverage;
  const share = instructions === 0 ? '' : ` (${((100 * executed) / instructions).toFixed(1)} %)`;
  const calls = Object.entries(final.outcomes).filter(([, count]) => count > 0);
  const lines = [
    style('bold', `${header.file} (${header.architecture}, seed ${header.seed}, ${header.versions.emulator})`),
    `${plural(final.functions, 'function')}, ${plural(header.seeds, 'call')} each: ${calls
      .map(([outcome, count]) => `${outcome} ${count.toLocaleString('en')}`)
      .join(', ')}`,
    `${plural(final.stops, 'stop')}; ${executed.toLocaleString('en')} of ${plural(instructions, 'instruction')} of the functions executed${share}`,
    ...header.notes.flatMap((note) => labelled('note: ', note, width)),
    '',
    ...layOut(
      final.unwinders.map(({ unwinder, verdicts }) => [
        { text: `  ${unwinder}` },
        ...(['pass', 'fail', 'missing', 'error'] as const).map((verdict) => ({
          text: `${verdict} ${verdicts[verdict].toLocaleString('en')}`,
          align: 'right' as const,
        })),
      ]),
    ),
  ];
  for (const { name, problem } of functions) {
    if (problem !== undefined) lines.push(...labelled(`${style('red', '✗')} ${name}: `, problem, width));
  }
  for (const blame of blameOrder) {
    const own = findings.findings.filter((finding) => finding.blame === blame).sort((a, b) => b.stops - a.stops);
    if (own.length === 0) continue;
    lines.push('', style('bold', `to blame: ${blame} (${plural(own.length, 'finding')})`));
    for (const finding of own.slice(0, shown)) {
      lines.push('', ...findingLines(finding, width), ...whereSeen(finding, width));
    }
    if (own.length > shown) lines.push('', `and ${plural(own.length - shown, 'more finding')}, in the record`);
  }
  if (findings.findings.length > 0) lines.push('', 'what each kind means: FINDINGS.md');
  lines.push(...leftLines(findings, width), ...programLines(functions, style, width));
  const seconds = `${final.timing.seconds.toFixed(1)} s`;
  lines.push(
    '',
    `${final.passed ? style('green', 'PASS') : style('red', 'FAIL')}  ${seconds}${final.stops === 0 ? nothingExecuted : ''}`,
  );
  return `${lines.join('\n')}\n`;
}

function whereSeen({ module, stops, called, example, reason, known }: SurveyFinding, width: number): string[] {
  return [
    ...labelled('  why    ', `${example}; ${reason}`, width),
    ...labelled('  seen   ', `in ${module}, ${seenText(stops, called)}`, width),
    ...(known ? ['  known by the baseline'] : []),
  ];
}

/** How often something was seen, and what was called then. */
export function seenText(stops: number, called: readonly string[]): string {
  return `at ${plural(stops, 'stop')}, in calls of ${namesText(called)}`;
}

/** What findings rest on is not all there was. */
function leftLines({ left }: SurveyFindings, width: number): string[] {
  if (left.calls === 0 && left.functions === 0) return [];
  const calls = `${plural(left.calls, 'failing call')} were not made again`;
  const functions = `${plural(left.functions, 'function')} not looked at for what mends them, as too many failed`;
  return ['', ...labelled('note: ', `${calls}, ${functions}: --match and --seeds make a survey smaller`, width)];
}

/** What the called functions themselves have broken is no finding. */
function programLines(functions: readonly SurveyFunction[], style: Style, width: number): string[] {
  const groups = programFailures(functions);
  if (groups.length === 0) return [];
  return [
    '',
    style('bold', `to blame: program (${plural(groups.length, 'row')})`),
    ...groups.slice(0, shown).flatMap((group) => groupLines(group, width)),
    ...(groups.length > shown ? [`  and ${plural(groups.length - shown, 'more row')}, in the record`] : []),
  ];
}

interface Group {
  readonly failure: SurveyFailure;
  stops: number;
  /** Functions that were called when it failed. */
  readonly called: Set<string>;
}

/** Failures of the first unwinder of each row and divergence that the program is to blame for, whatever was called. */
function programFailures(functions: readonly SurveyFunction[]): Group[] {
  const groups = new Map<string, Group>();
  const unwinderOf = new Map<string, string>();
  for (const { name, failures } of functions) {
    for (const failure of failures) {
      if (failure.blame !== 'program') continue;
      const key = [failure.module, failure.functionStart, failure.row, failure.divergence].join('\0');
      const first = unwinderOf.get(key) ?? failure.unwinder;
      unwinderOf.set(key, first);
      if (failure.unwinder !== first) continue;
      const group = groups.get(key) ?? { failure, stops: 0, called: new Set<string>() };
      group.stops += failure.count;
      group.called.add(name);
      groups.set(key, group);
    }
  }
  return [...groups.values()].sort((a, b) => b.stops - a.stops);
}

function groupLines({ failure, stops, called }: Group, width: number): string[] {
  const { module, function: name, divergence, row, example, reason, lookups } = failure;
  const by = called.size === 1 && called.has(name) ? '' : `, called by ${namesText([...called])}`;
  return [
    `  ${name} of ${module}: ${divergence} (${plural(stops, 'stop')}${by})`,
    ...(row === '' ? [] : labelled('    row  ', row, width)),
    ...labelled('    at   ', `${lookups[0] ?? example.pc} in the file`, width),
    ...labelled('    why  ', `${example.message}; ${reason}`, width),
  ];
}

function namesText(names: readonly string[]): string {
  const rest = names.length > shownNames ? [`${names.length - shownNames} more`] : [];
  return [...names.slice(0, shownNames), ...rest].join(', ');
}
