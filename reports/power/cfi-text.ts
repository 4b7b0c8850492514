import type { CfiPower } from '../../harness/record/power.ts';
import { plural } from '../plural.ts';
import { layOut } from '../terminal/columns.ts';

/** What became of faults in call frame information: a table by operator and one by group, and what was missed. */
export function cfiText(power: CfiPower): string[] {
  const { programs, caught, missed, equivalent, share } = power;
  return [
    `faults in call frame information: ${plural(caught + missed + equivalent, 'program')} with one fault each, made from ${programs}`,
    `  ${number(caught)} of ${plural(caught + missed, 'fault')} that do harm are caught at the first PC they harm: ${percent(share)}`,
    `  ${number(equivalent)} more do no harm at any executed instruction, as the model of the programs has it`,
    '',
    ...table('by operator', power.operators),
    ...table('by group', power.groups),
    ...power.missedExamples.map(({ program, message }) => `  missed: ${program}: ${message}`),
    ...power.problems.map(({ program, message }) => `  not judged: ${program}: ${message}`),
    ...power.unsayable.map(({ reason, programs: count }) => `  left out: ${plural(count, 'program')}: ${reason}`),
  ];
}

function table(title: string, lines: CfiPower['operators']): string[] {
  const right = (text: string) => ({ text, align: 'right' as const });
  const rows = lines.map(({ name, caught, missed, equivalent }) => [
    { text: `  ${name}` },
    right(number(caught)),
    right(number(missed)),
    right(number(equivalent)),
    right(caught + missed === 0 ? '-' : percent(caught / (caught + missed))),
  ]);
  return [...layOut([[{ text: title }, ...['caught', 'missed', 'harmless', 'share'].map(right)], ...rows]), ''];
}

function number(value: number): string {
  return value.toLocaleString('en');
}

/** Never rounded up to all of them. */
function percent(share: number): string {
  return `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;
}
