import type { Explanation, FailureLine, ShrunkFailure } from '../harness/record/index.ts';
import { mayLeaveOut } from './left-out.ts';
import { plural } from './plural.ts';
import { explainCommand, type ReplayHeader, replayCommand } from './replay.ts';
import { defaultWidth, labelled, wrap } from './terminal/wrap.ts';

export { defaultWidth };

/** The row of an instruction gets at least so many columns, where the line has them. */
const narrowestRow = 28;

/** A failure for people, line by line: what, where, the code with its CFI rows, the frames, how to replay it. */
export function explainFailure(header: ReplayHeader, failure: FailureLine, width = defaultWidth): string[] {
  const { architecture, scenario, unwinder, verdict, divergence, row, count, programs, example } = failure;
  const times = `${plural(count, 'time')} in ${plural(programs, 'program')}`;
  const { explanation } = example;
  const lacks = header.unwinders.find(({ name }) => name === unwinder)?.lacks ?? [];
  return [
    `${verdict}: ${scenario} on ${architecture}, ${unwinder}: ${divergence} (${times})`,
    ...(row === '' ? [] : labelled('  row  ', row, width)),
    `  at   program ${example.program}${isAtStop(failure) ? `, run ${example.run}, stop ${example.stop}, pc ${example.pc}` : ''}`,
    ...labelled('  why  ', example.message, width),
    ...(explanation === undefined ? [] : explanationLines(explanation, width, mayLeaveOut(verdict, lacks))),
    '',
    ...commandLines(header, failure),
    ...(failure.shrunk === undefined ? [] : shrunkLines(header, failure, failure.shrunk, width)),
  ];
}

/** Errors of a program as a whole have no address, unless something was executed there. */
function isAtStop({ verdict, example }: FailureLine): boolean {
  return verdict !== 'error' || BigInt(example.pc) !== 0n;
}

/** The smaller program, whole, and how to replay it. */
function shrunkLines(header: ReplayHeader, failure: FailureLine, shrunk: ShrunkFailure, width: number): string[] {
  const { instructions, attempts, row, example, code, scenario } = shrunk;
  const replayed: FailureLine = { ...failure, scenario, row, example };
  return [
    '',
    `  the same in a program of ${plural(instructions, 'instruction')}, found in ${plural(attempts, 'attempt')}:`,
    ...code.flatMap((one) => [`  ${one.name}:`, ...codeLines(one.code, BigInt(one.start), width)]),
    '',
    `  at   run ${example.run}, stop ${example.stop}, pc ${example.pc}`,
    ...labelled('  why  ', example.message, width),
    ...commandLines(header, replayed),
  ];
}

/** How to run just this again, and how to learn more of it. */
function commandLines(header: ReplayHeader, failure: FailureLine): string[] {
  const explain = explainCommand(header, failure);
  return [`  replay  ${replayCommand(header, failure)}`, ...(explain === undefined ? [] : [`  explain ${explain}`])];
}

/**
 * Where the step went wrong, the code there with its CFI rows, and the frames, each part after an empty line. `leftOut`
 * tells registers that need not be known.
 */
export function explanationLines(
  explanation: Explanation,
  width = defaultWidth,
  leftOut = mayLeaveOut('fail', []),
): string[] {
  const { place, code } = explanation;
  return [
    '',
    ...wrap(placeText(place), width - 2).map((line) => `  ${line}`),
    ...codeLines(code, BigInt(place.function.start), width),
    '',
    ...frameLines(explanation, leftOut),
  ];
}

/** What the words in explanations mean, for the end of a report. */
export function explanationNotes(explanations: readonly Explanation[], width = defaultWidth): string[] {
  if (explanations.length === 0) return [];
  const frames = explanations.flatMap((one) => one.frames);
  const notes = ['the row of each instruction is what holds before it executes; a " repeats the row above'];
  if (frames.some(({ kind }) => kind === 'sentinel')) {
    notes.push(
      'sentinel: the return address the harness gives the entry; no CFI covers it, so the walk ends there (no-info)',
    );
  }
  return notes.flatMap((note) => labelled('  ', note, width));
}

/** An address with the function it is in: `0x401004 (main+0x4)`. */
export function addressText(address: string, { name, start }: Explanation['place']['function']): string {
  return name === '' ? address : `${address} (${name}+0x${(BigInt(address) - BigInt(start)).toString(16)})`;
}

function placeText({ frame, kind, pc, function: inside }: Explanation['place']): string {
  const at = addressText(pc, inside);
  if (kind === 'stop') return `frame 0 is stopped at ${at}; its row, at >, leads to frame 1`;
  const next = `leads to frame ${frame + 1}`;
  if (kind === 'caller' || kind === 'sentinel') {
    return `frame ${frame} resumes at ${at}; its row is that of its call, at > (looked up at pc - 1), and ${next}`;
  }
  const how = kind === 'interrupted' ? 'was interrupted' : 'is the trampoline of a signal,';
  return `frame ${frame} ${how} at ${at}; its row is the one there, at >, and ${next}`;
}

/** Lists code with the offset in the function; a row is written where it differs from that of the line above. */
export function codeLines(code: Explanation['code'], start: bigint, width = defaultWidth): string[] {
  const offsets = code.map(({ address }) => `+0x${(BigInt(address) - start).toString(16)}`);
  const offsetWidth = Math.max(0, ...offsets.map(({ length }) => length));
  const heads = code.map(
    ({ address, here }, i) => `  ${here ? '>' : ' '} ${address}  ${offsets[i]!.padEnd(offsetWidth)}  `,
  );
  const headWidth = Math.max(0, ...heads.map(({ length }) => length));
  const textWidth = Math.max(0, ...code.map(({ text }) => text.length));
  const column = Math.min(headWidth + textWidth + 2, Math.max(headWidth + 10, width - narrowestRow));
  return code.flatMap(({ text, row }, i) => {
    const same = i > 0 && row === code[i - 1]!.row;
    const first = heads[i]! + text;
    const rows = same ? ['"'] : wrap(row === '' ? 'no row' : row, width - column);
    const fits = first.length + 2 <= column;
    const lines = (fits ? rows.slice(1) : rows).map((line) => ' '.repeat(column) + line);
    if (fits) return [first.padEnd(column) + rows[0]!, ...lines];
    // An instruction too long for its column: the repetition mark is not worth a line.
    return same ? [`${first}  "`] : [first, ...lines];
  });
}

function frameLines(
  { frames, expectedEnding, actualEnding }: Explanation,
  leftOut: (register: string) => boolean,
): string[] {
  const lines: string[] = [];
  for (const { frame, kind, expected, actual } of frames) {
    lines.push(`  frame ${frame} (${kind === 'none' ? 'not in the truth' : kind})`);
    for (const name of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const known = actual[name] ?? (leftOut(name) ? undefined : 'not known');
      lines.push(comparison(name, expected[name] ?? '-', known));
    }
  }
  // Where not even the ending may be wrong, nothing was answered.
  if (expectedEnding !== actualEnding && !leftOut('pc')) lines.push(comparison('ending', expectedEnding, actualEnding));
  return lines;
}

/** `actual` is undefined where nothing is, and need not be. */
function comparison(name: string, expected: string, actual: string | undefined): string {
  const mark = actual === undefined || expected === actual ? ' ' : '≠';
  const answered = actual === undefined ? '' : ` actual ${actual}`;
  return `    ${mark} ${name.padEnd(13)} expected ${expected.padEnd(18)}${answered}`.trimEnd();
}
