import type { RecordLine } from '../../harness/record/index.ts';
import { plural } from '../plural.ts';
import { layOut } from './columns.ts';

/** What compiled programs say that is known to be wrong, by architecture, fault and unwinder; empty where nothing is. */
export function producerFaults(record: readonly RecordLine[]): string[] {
  const groups = new Map<string, { words: string[]; stops: number; pcs: number; programs: Set<string> }>();
  for (const line of record) {
    if (line.kind !== 'producer-fault') continue;
    const words = [line.architecture, line.fault, line.unwinder];
    const key = words.join(' ');
    const group = groups.get(key) ?? { words, stops: 0, pcs: 0, programs: new Set() };
    groups.set(key, group);
    group.stops += line.count;
    group.pcs += line.pcs.length;
    group.programs.add(`${line.scenario} ${line.program}`);
  }
  if (groups.size === 0) return [];
  return [
    'excluded: compilers are known to describe these PCs wrongly, so nothing there passes or fails',
    ...layOut(
      Array.from(groups.values(), ({ words, stops, pcs, programs }) => [
        ...words.map((text, i) => ({ text: i === 0 ? `  ${text}` : text })),
        { text: plural(stops, 'stop'), align: 'right' as const },
        { text: `at ${plural(pcs, 'PC')}` },
        { text: `of ${plural(programs.size, 'program')}` },
      ]),
    ),
    '',
  ];
}
