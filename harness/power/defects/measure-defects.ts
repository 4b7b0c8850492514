import { join } from 'node:path';
import { groupOf } from '../../../generators/scenarios/scenario.ts';
import { damage } from '../../defects/damaged-copy.ts';
import { chooseDefects, readDefects } from '../../defects/defect.ts';
import { inOrder } from '../../defects/in-order.ts';
import type { DefectPower } from '../../record/power.ts';
import { suiteScenarios } from '../../runner/suite-scenarios.ts';
import { catchByGroup, type DefectCatches } from './catch-by-group.ts';
import { groupTable, mixedGroups } from './group-table.ts';
import { readLeftOut } from './left-out.ts';

/**
 * Plants every known bug, or those with the numbers `only`, in a copy of the project in `root` and searches for programs
 * that show it, group by group. Throws a `PatchError` where one does not apply or there is none, a `LeftOutError` where
 * the list of the others is malformed.
 */
export async function measureDefects(
  root: string,
  seed: string,
  onProgress: (done: number, of: number) => void,
  only?: readonly number[],
): Promise<DefectPower> {
  const folder = join(root, 'test', 'defects');
  // Before anything runs: a malformed list, or a patch that no longer applies, is found at once.
  const leftOut = readLeftOut(folder);
  const damaged = chooseDefects(readDefects(folder), only).map((defect) => ({ defect, files: damage(root, defect) }));
  const scenarios = suiteScenarios();
  const searches = inOrder(damaged, ({ defect, files }) =>
    catchByGroup(root, defect, files, scenarios, seed, mixedGroups),
  );
  const all: DefectCatches[] = [];
  for (const search of searches) {
    all.push(await search);
    onProgress(all.length, searches.length);
  }
  const sizes = new Map<string, number>();
  for (const { name } of scenarios) sizes.set(groupOf(name), (sizes.get(groupOf(name)) ?? 0) + 1);
  return {
    defects: all.map(({ defect: { number, title, seenIn }, first, groups }) => ({
      number,
      title,
      seenIn,
      ...(first !== undefined && {
        caught: {
          ...first.program,
          unwinder: first.divergence.unwinder,
          message: first.divergence.message,
        },
      }),
      groups: [...sizes.keys()].filter((group) => groups.has(group)),
    })),
    ...(only !== undefined && { only: [...only] }),
    leftOut,
    groups: groupTable(all, sizes).map(({ catches, alone, ...group }) => ({
      ...group,
      catches: [...catches],
      alone: [...alone],
    })),
    uncounted: [...mixedGroups],
  };
}

/** Every defect is caught, and every counted group shows one that no other does, unless only some were looked at. */
export function isDefectPowerComplete({ defects, groups, uncounted, only }: DefectPower): boolean {
  if (!defects.every(({ caught }) => caught !== undefined)) return false;
  return only !== undefined || groups.every(({ group, alone }) => uncounted.includes(group) || alone.length > 0);
}
