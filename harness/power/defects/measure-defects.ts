import { join } from 'node:path';
import { groupOf } from '../../../generators/scenarios/scenario.ts';
import { damage } from '../../defects/damaged-copy.ts';
import { chooseDefects, readDefects } from '../../defects/defect.ts';
import { inOrder } from '../../defects/in-order.ts';
import type { DefectPower } from '../../record/power.ts';
import { suiteScenarios } from '../../runner/suite-scenarios.ts';
import { catchByGroup, type DefectCatches } from './catch-by-group.ts';
import { confirmAlone } from './confirm-alone.ts';
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
  const searches = inOrder(damaged, ({ defect, files }) => catchByGroup(root, defect, files, scenarios, seed));
  const sizes = new Map<string, number>();
  for (const { name } of scenarios) sizes.set(groupOf(name), (sizes.get(groupOf(name)) ?? 0) + 1);
  const steps = searches.length + (only === undefined ? sizes.size : 0);
  const all: DefectCatches[] = [];
  for (const search of searches) {
    all.push(await search);
    onProgress(all.length, steps);
  }
  const confirmed = new Map<string, number>();
  if (only === undefined) {
    const groups = groupTable(all, sizes);
    const confirmations = inOrder(groups, ({ group, alone }) => {
      const defects = all.flatMap((catches, i) =>
        alone.includes(catches.defect.number) ? [{ catches, files: damaged[i]!.files }] : [],
      );
      return confirmAlone(root, group, defects, scenarios, seed, mixedGroups);
    });
    for (const [i, confirmation] of confirmations.entries()) {
      const number = await confirmation;
      if (number !== undefined) confirmed.set(groups[i]!.group, number);
      onProgress(searches.length + i + 1, steps);
    }
  }
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
      ...(confirmed.has(group.group) && { confirmed: confirmed.get(group.group)! }),
    })),
    uncounted: [...mixedGroups],
  };
}

/**
 * Every defect is caught, and every counted group shows one that no program of the others does, unless only some were
 * looked at.
 */
export function isDefectPowerComplete({ defects, groups, uncounted, only }: DefectPower): boolean {
  if (!defects.every(({ caught }) => caught !== undefined)) return false;
  return (
    only !== undefined || groups.every(({ group, confirmed }) => uncounted.includes(group) || confirmed !== undefined)
  );
}
