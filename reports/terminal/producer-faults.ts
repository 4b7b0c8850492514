import type { RecordLine } from '../../harness/record/index.ts';
import { plural } from '../plural.ts';
import { layOut } from './columns.ts';
import { severalNames } from './several-names.ts';

interface Group {
  readonly architecture: string;
  readonly fault: string;
  readonly unwinder: string;
  stops: number;
  pcs: number;
  readonly programs: Set<string>;
}

/** What compiled programs say that is known to be wrong, by architecture, fault and unwinders; empty where nothing is. */
export function producerFaults(record: readonly RecordLine[]): string[] {
  const groups = new Map<string, Group>();
  for (const line of record) {
    if (line.kind !== 'producer-fault') continue;
    const { architecture, fault, unwinder } = line;
    const key = `${architecture} ${fault} ${unwinder}`;
    const group = groups.get(key) ?? { architecture, fault, unwinder, stops: 0, pcs: 0, programs: new Set() };
    groups.set(key, group);
    group.stops += line.count;
    group.pcs += line.pcs.length;
    group.programs.add(`${line.scenario} ${line.program}`);
  }
  if (groups.size === 0) return [];
  return [
    'excluded: compilers are known to describe these PCs wrongly, so nothing there passes or fails',
    ...layOut(
      alike([...groups.values()]).map(({ architecture, fault, unwinders, stops, pcs, programs }) => [
        { text: `  ${architecture}` },
        { text: fault },
        { text: severalNames(unwinders) },
        { text: plural(stops, 'stop'), align: 'right' as const },
        { text: `at ${plural(pcs, 'PC')}` },
        { text: `of ${plural(programs.size, 'program')}` },
      ]),
    ),
    '',
  ];
}

/** Puts the unwinders together that met the same fault in the same way. */
function alike(groups: readonly Group[]): (Group & { readonly unwinders: string[] })[] {
  const merged = new Map<string, Group & { readonly unwinders: string[] }>();
  for (const group of groups) {
    const { architecture, fault, unwinder, stops, pcs, programs } = group;
    const key = JSON.stringify([architecture, fault, stops, pcs, [...programs]]);
    const same = merged.get(key);
    if (same === undefined) merged.set(key, { ...group, unwinders: [unwinder] });
    else same.unwinders.push(unwinder);
  }
  return [...merged.values()];
}
