import { groupOf } from '../../../generators/scenarios/scenario.ts';
import { copyProject, type DamagedFile } from '../../defects/damaged-copy.ts';
import { search } from '../../defects/search.ts';
import { planPrograms } from '../../runner/plan.ts';
import type { SuiteScenario } from '../../runner/suite-scenario.ts';
import { type DefectCatches, everywhere } from './catch-by-group.ts';

/** A defect with the files it damages. */
export interface DamagedBy {
  readonly files: readonly DamagedFile[];
  readonly catches: DefectCatches;
}

/**
 * Of the defects that only one group shows as far as quick programs and two unwinders go, in order, the number of the
 * first that no other counted group shows: none of its quick programs with any unwinder, and none of its programs with
 * the unwinder that showed it first and one that applies to all programs. Undefined where there is none. Groups that show
 * one after all are added to it.
 */
export async function confirmAlone(
  root: string,
  group: string,
  defects: readonly DamagedBy[],
  scenarios: readonly SuiteScenario[],
  seed: string,
  uncounted: ReadonlySet<string>,
): Promise<number | undefined> {
  const others = scenarios.filter(({ name }) => groupOf(name) !== group && !uncounted.has(groupOf(name)));
  const quick = planPrograms(others, { mode: 'quick' });
  const all = planPrograms(others, { mode: 'full' });
  for (const { files, catches } of defects) {
    const unwinder = catches.groups.get(group)?.divergence.unwinder;
    const unwinders = unwinder === undefined || unwinder === 'all' ? undefined : [unwinder, everywhere];
    const copy = copyProject(root, files);
    try {
      const settings = { seed, until: 'first' } as const;
      let { caught } = await search(copy.folder, quick, settings, 1);
      if (caught.length === 0) {
        const narrowed = { ...settings, ...(unwinders !== undefined && { unwinders }) };
        caught = (await search(copy.folder, all, narrowed, 1)).caught;
      }
      if (caught.length === 0) return catches.defect.number;
      catches.groups.set(groupOf(caught[0]!.program.scenario), caught[0]!);
    } finally {
      copy.remove();
    }
  }
  return undefined;
}
