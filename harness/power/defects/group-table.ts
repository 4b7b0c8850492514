import type { DefectCatches } from './catch-by-group.ts';

/** What a group of scenarios brings. */
export interface GroupPower {
  readonly group: string;
  readonly scenarios: number;
  /** Numbers of the defects it shows. */
  readonly catches: readonly number[];
  /** Those that no other counted group shows. */
  readonly alone: readonly number[];
}

/** Groups in which everything else is mixed: what they show does not make another group dispensable. */
export const mixedGroups: ReadonlySet<string> = new Set(['random']);

/** Which group shows what, in the order of the groups given; `sizes` has the number of scenarios of each. */
export function groupTable(
  defects: readonly DefectCatches[],
  sizes: ReadonlyMap<string, number>,
  uncounted: ReadonlySet<string> = mixedGroups,
): GroupPower[] {
  return Array.from(sizes, ([group, scenarios]) => {
    const shown = defects.filter(({ groups }) => groups.has(group));
    const isOnlyOne = ({ groups }: DefectCatches) =>
      [...groups.keys()].every((other) => other === group || uncounted.has(other));
    return {
      group,
      scenarios,
      catches: numbersOf(shown),
      alone: uncounted.has(group) ? [] : numbersOf(shown.filter(isOnlyOne)),
    };
  });
}

/** Several patches may plant one bug. */
function numbersOf(catches: readonly DefectCatches[]): number[] {
  return [...new Set(catches.map(({ defect }) => defect.number))];
}
