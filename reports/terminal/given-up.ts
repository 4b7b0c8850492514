import { isDeath, type RecordLine } from '../../harness/record/index.ts';
import { plural } from '../plural.ts';
import { indented } from './wrap.ts';

/** A note on each unwinder that was not asked any more, which the table cannot tell from one that dies everywhere. */
export function givenUp(record: readonly RecordLine[], width: number): string[] {
  const counts = new Map<string, { died: number; notAsked: number }>();
  for (const line of record) {
    if (line.kind !== 'failure' || line.verdict !== 'error') continue;
    const own = counts.get(line.unwinder) ?? { died: 0, notAsked: 0 };
    counts.set(line.unwinder, own);
    if (isDeath(line.divergence)) own.died += line.count;
    else if (line.divergence === 'not asked') own.notAsked += line.count;
  }
  const notes = [...counts].filter(([, { notAsked }]) => notAsked > 0);
  if (notes.length === 0) return [];
  return [
    ...notes.flatMap(([unwinder, { died, notAsked }]) =>
      indented(
        `${unwinder} has ended its process or hung in ${plural(died, 'program')}, and was not asked in the ${plural(notAsked, 'program')} behind these`,
        width,
      ),
    ),
    '',
  ];
}
