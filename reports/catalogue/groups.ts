import type { CatalogueScenario } from '../../harness/record/index.ts';

/** Entries by group, in the order of the catalogue. */
export function byGroup<Entry extends Pick<CatalogueScenario, 'group'>>(
  entries: readonly Entry[],
): [string, Entry[]][] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return [...groups];
}

/** What stands behind a scenario's paragraph: term and text. */
export function facts(entry: CatalogueScenario): [string, string][] {
  const { architectures, needs, programs, source, defects } = entry;
  return [
    ['Source', source],
    ['Architectures', architectures.join(', ')],
    ['Needs', needs.length === 0 ? 'nothing' : needs.join(', ')],
    ['Programs', `${programs.full}, of which a quick run takes ${programs.quick}`],
    ...defects.map(({ number, title, seenIn }): [string, string] => [`Catches ${number}`, `${title} (${seenIn})`]),
  ];
}
