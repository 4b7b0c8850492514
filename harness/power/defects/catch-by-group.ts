import { groupOf } from '../../../generators/scenarios/scenario.ts';
import { copyProject, type DamagedFile } from '../../defects/damaged-copy.ts';
import type { Defect } from '../../defects/defect.ts';
import { type Caught, search, searchOrder } from '../../defects/search.ts';
import { planPrograms } from '../../runner/plan.ts';
import type { SuiteScenario } from '../../runner/suite-scenario.ts';

/** Which groups of scenarios show a defect. */
export interface DefectCatches {
  readonly defect: Defect;
  /** The first program that shows it; undefined where none does. */
  readonly first: Caught | undefined;
  /** The first program of each group that shows it, by the group's name. */
  readonly groups: Map<string, Caught>;
}

/** The mode that reads programs of every container. */
export const everywhere = 'dwarf-list';

/**
 * Searches all programs for one that shows a defect, then every group's quick ones, with the unwinder that showed it
 * first and one that applies to all programs.
 */
export async function catchByGroup(
  root: string,
  defect: Defect,
  files: readonly DamagedFile[],
  scenarios: readonly SuiteScenario[],
  seed: string,
): Promise<DefectCatches> {
  const copy = copyProject(root, files);
  try {
    const order = searchOrder(scenarios, defect.caughtBy);
    const first = (await search(copy.folder, order, { seed, until: 'first' }, 1)).caught[0];
    const groups = new Map<string, Caught>();
    if (first === undefined) return { defect, first, groups };
    const add = (caught: readonly Caught[]) => {
      for (const one of caught) {
        const group = groupOf(one.program.scenario);
        if (!groups.has(group)) groups.set(group, one);
      }
    };
    add([first]);
    const { unwinder } = first.divergence;
    const unwinders = unwinder === 'all' ? undefined : [unwinder, everywhere];
    const programs = planPrograms(
      scenarios.filter(({ name }) => !groups.has(groupOf(name))),
      { mode: 'quick' },
    );
    const settings = { seed, until: 'first of group', ...(unwinders !== undefined && { unwinders }) } as const;
    add((await search(copy.folder, programs, settings, 1)).caught);
    return { defect, first, groups };
  } finally {
    copy.remove();
  }
}
