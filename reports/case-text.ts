import type { CaseExplanation, CaseFrame, StackWord } from '../harness/record/index.ts';
import { codeLines } from './explanation-text.ts';
import { mayLeaveOut } from './left-out.ts';
import { plural } from './plural.ts';
import { labelled, wrap } from './terminal/wrap.ts';

/** Which program an explanation is of. */
export interface CaseNames {
  /** `SCENARIO#PROGRAM` */
  readonly case: string;
  readonly architecture: string;
  readonly unwinder: string;
  /** Features the unwinder lacks. */
  readonly lacks: readonly string[];
  readonly scenario: { readonly description: string; readonly about?: string; readonly source: string };
}

/** One stop for people, line by line: what it is about, the code with its rows, the stack, the frames. */
export function caseText(names: CaseNames, explanation: CaseExplanation, width: number): string[] {
  const { run, stop, verdict, message, pc, depth, listings } = explanation;
  const { description, about, source } = names.scenario;
  return [
    `${names.case} on ${names.architecture}, run ${run}, stop ${stop}: ${names.unwinder} ${outcome(verdict)}`,
    ...(message === undefined ? [] : labelled('  why    ', message, width)),
    `  at     pc ${pc}, with ${plural(depth, 'frame')} behind frame 0`,
    '',
    'about',
    ...wrap(about ?? `${description}.`, width - 2).map((line) => `  ${line}`),
    ...labelled('  source ', source, width),
    ...listings.flatMap(({ name, start, code }, i) => [
      '',
      `code of ${name === '' ? start : name}${i === 0 ? ', stopped at >' : ', where the step that goes wrong starts, at >'}`,
      ...codeLines(code, BigInt(start), width),
    ]),
    '',
    'stack, from low addresses to high',
    ...stackLines(explanation.stack, width),
    '',
    verdict === 'error' ? 'frames as they are: there is no answer that can be judged' : 'frames',
    ...explanation.frames.flatMap((frame) => frameLines(frame, verdict, names.lacks, width)),
    ...(explanation.hidden === 0 ? [] : [`  and ${plural(explanation.hidden, 'more frame')}`]),
    endingLine(explanation),
  ];
}

/** Registers that agree, side by side. */
const registersInLine = 3;
/** What many words in a row may be without being worth a line each. */
const dull: ReadonlySet<string> = new Set(['never written', 'signal frame']);

function outcome(verdict: string): string {
  return verdict === 'pass' ? 'passes' : verdict === 'fail' ? 'fails' : `gives ${verdict}`;
}

function stackLines(words: readonly StackWord[], width: number): string[] {
  const offsets = words.map(({ offset }) =>
    offset < 0 ? `-0x${(-offset).toString(16)}` : `+0x${offset.toString(16)}`,
  );
  const offsetWidth = Math.max(0, ...offsets.map(({ length }) => length));
  const lines: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const { address, value, meaning, frames } = words[i]!;
    for (const frame of frames) lines.push(`    ${frame === 0 ? 'SP' : `SP of frame ${frame}`}`);
    let last = i;
    while (dull.has(meaning) && words[last + 1]?.meaning === meaning && words[last + 1]!.frames.length === 0) last++;
    const head = `  ${address}  ${offsets[i]!.padStart(offsetWidth)}  ${value.padEnd(18)}  `;
    if (last - i > 1) {
      lines.push(`${head}${meaning}, as the ${plural(last - i, 'word')} behind it`);
      i = last;
    } else lines.push(...labelled(head, meaning, width));
  }
  return lines;
}

function frameLines(
  { frame, kind, place, expected, actual }: CaseFrame,
  verdict: string,
  lacks: readonly string[],
  width: number,
): string[] {
  const leftOut = mayLeaveOut(verdict, lacks);
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  const head = `  frame ${frame} (${kind === 'none' ? 'not in the truth' : kind})${place === '' ? '' : `, ${place}`}`;
  const differing: string[] = [];
  const equal: string[] = [];
  const unasked: string[] = [];
  for (const name of names) {
    const [right, answered] = [expected[name] ?? '-', actual[name] ?? 'not known'];
    const isLeftOut = actual[name] === undefined && leftOut(name);
    if (isLeftOut && verdict !== 'error') unasked.push(name);
    else if (right === answered || isLeftOut) equal.push(`${name.padEnd(4)} ${right}`);
    else differing.push(`    ≠ ${name.padEnd(4)} ${right.padEnd(18)} answered ${answered}`);
  }
  const rest = unasked.length === 0 ? [] : labelled('      not asked for: ', unasked.join(' '), width);
  return [head, ...differing, ...inColumns(equal), ...rest];
}

/** Values side by side, as a line holds them. */
function inColumns(texts: readonly string[]): string[] {
  const lines: string[] = [];
  for (let i = 0; i < texts.length; i += registersInLine) {
    const line = texts.slice(i, i + registersInLine).map((text) => text.padEnd(25));
    lines.push(`      ${line.join('')}`.trimEnd());
  }
  return lines;
}

function endingLine({ verdict, expectedEnding, actualEnding }: CaseExplanation): string {
  if (verdict === 'error') return `  the walk had to end with ${expectedEnding}`;
  return expectedEnding === actualEnding
    ? `  the walk ends with ${expectedEnding}`
    : `  ≠ the walk ends with ${expectedEnding}, answered ${actualEnding}`;
}
