import type { FinalLine } from '../../harness/record/index.ts';
import { plural } from '../plural.ts';
import { defaultWidth, wrap } from './wrap.ts';

/** What the engine made of programs whose call frame information is wrong in one place; empty where there were none. */
export function wrongPrograms({ architectures }: FinalLine, width = defaultWidth): string[] {
  const totals = { programs: 0, harmStops: 0, foundStops: 0, unfoundedStops: 0, chanceStops: 0, unsayable: 0 };
  for (const { wrong } of architectures) {
    if (wrong === undefined) continue;
    for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += wrong[key];
  }
  const { programs, harmStops, foundStops, unfoundedStops, chanceStops, unsayable } = totals;
  if (programs === 0) return [];
  const exactly = foundStops === harmStops && unfoundedStops === 0;
  const found = exactly
    ? 'and the engine fails at exactly those'
    : `the engine fails at ${number(foundStops)} of those and at ${number(unfoundedStops)} others`;
  const chance = chanceStops === 0 ? '' : ` (at ${number(chanceStops)} more a wrong row is right by chance)`;
  return [
    ...wrap(
      `wrong CFI: ${plural(programs, 'program')} with a fault in one place; it does harm at ` +
        `${plural(harmStops, 'stop')}${chance}, ${found}`,
      width,
    ),
    ...(unsayable === 0 ? [] : [`  none made of ${plural(unsayable, 'program')} whose CFI says what the model cannot`]),
    '',
  ];
}

function number(value: number): string {
  return value.toLocaleString('en');
}
