import type { SurveyFailure, SurveyFinal, SurveyFunction, SurveyHeader } from '../../harness/record/survey.ts';
import { plural } from '../plural.ts';
import { layOut } from '../terminal/columns.ts';
import type { Style } from '../terminal/style.ts';
import { labelled } from '../terminal/wrap.ts';

/** Groups of failures shown of each of those to blame. */
const shown = 10;
const blameOrder = ['engine', 'unknown', 'producer', 'program'] as const;

/** The functions of a file that were called, for a terminal: how calls ended, the verdicts, and what failed where. */
export function surveyText(
  header: SurveyHeader,
  functions: readonly SurveyFunction[],
  final: SurveyFinal,
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
    ...(final.unjudged === 0 ? [] : [`${plural(final.unjudged, 'stop')} not judged, in stacks too deep`]),
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
  const groups = groupFailures(functions);
  for (const blame of blameOrder) {
    const own = groups.filter((group) => group.failure.blame === blame);
    if (own.length === 0) continue;
    lines.push('', style('bold', `to blame: ${blame} (${plural(own.length, 'row')})`));
    for (const group of own.slice(0, shown)) lines.push(...groupLines(group, width));
    if (own.length > shown) lines.push(`  and ${plural(own.length - shown, 'more row')}, in the record`);
  }
  const seconds = `${final.timing.seconds.toFixed(1)} s`;
  lines.push('', `${final.passed ? style('green', 'PASS') : style('red', 'FAIL')}  ${seconds}`);
  return `${lines.join('\n')}\n`;
}

interface Group {
  readonly failure: SurveyFailure;
  stops: number;
  /** Functions that were called when it failed. */
  readonly called: Set<string>;
}

/** Failures of the first unwinder of each row and divergence, whatever was called. */
function groupFailures(functions: readonly SurveyFunction[]): Group[] {
  const groups = new Map<string, Group>();
  const unwinderOf = new Map<string, string>();
  for (const { name, failures } of functions) {
    for (const failure of failures) {
      const key = [failure.blame, failure.module, failure.functionStart, failure.row, failure.divergence].join('\0');
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
  const by = called.size === 1 && called.has(name) ? '' : `, called by ${[...called].slice(0, 3).join(', ')}`;
  return [
    `  ${name} of ${module}: ${divergence} (${plural(stops, 'stop')}${by})`,
    ...(row === '' ? [] : labelled('    row  ', row, width)),
    ...labelled('    at   ', `${lookups[0] ?? example.pc} in the file`, width),
    ...labelled('    why  ', `${example.message}; ${reason}`, width),
  ];
}
