import type { Explanation, FailureLine, HeaderLine } from '../harness/record/index.ts';
import { replayCommand } from './replay.ts';

/** A failure for people, line by line: what, where, the code with its CFI rows, the frames, how to replay it. */
export function explainFailure(header: HeaderLine, failure: FailureLine): string[] {
  const { architecture, scenario, unwinder, verdict, divergence, row, count, programs, example } = failure;
  const times = `${plural(count, 'time')} in ${plural(programs, 'program')}`;
  const { explanation } = example;
  return [
    `${verdict}: ${scenario} on ${architecture}, ${unwinder}: ${divergence} (${times})`,
    ...(row === '' ? [] : [`  row  ${row}`]),
    `  at   program ${example.program}, run ${example.run}, stop ${example.stop}, pc ${example.pc}`,
    `  why  ${example.message}`,
    ...(explanation === undefined ? [] : explanationLines(explanation)),
    '',
    `  replay  ${replayCommand(header, failure)}`,
  ];
}

/** The code with its CFI rows and the frames, each part after an empty line. */
export function explanationLines(explanation: Explanation): string[] {
  return ['', ...codeLines(explanation), '', ...frameLines(explanation)];
}

function codeLines({ code }: Explanation): string[] {
  const width = Math.max(0, ...code.map(({ text }) => text.length));
  return code.map(({ address, text, row, here }) =>
    `  ${here ? '>' : ' '} ${address}  ${text.padEnd(width)}  ${row}`.trimEnd(),
  );
}

function frameLines({ frames, expectedEnding, actualEnding }: Explanation): string[] {
  const lines: string[] = [];
  for (const { frame, kind, expected, actual } of frames) {
    lines.push(`  frame ${frame} (${kind === 'none' ? 'not in the truth' : kind})`);
    for (const name of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const right = expected[name] ?? '-';
      const answer = actual[name] ?? 'not known';
      const mark = right === answer ? ' ' : '≠';
      lines.push(`    ${mark} ${name.padEnd(13)} expected ${right.padEnd(18)} actual ${answer}`);
    }
  }
  const mark = expectedEnding === actualEnding ? ' ' : '≠';
  lines.push(`    ${mark} ${'ending'.padEnd(13)} expected ${expectedEnding.padEnd(18)} actual ${actualEnding}`);
  return lines;
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
