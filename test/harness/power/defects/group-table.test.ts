import { describe, expect, it } from 'vitest';
import type { Defect } from '../../../../harness/defects/defect.ts';
import type { Caught } from '../../../../harness/defects/search.ts';
import type { DefectCatches } from '../../../../harness/power/defects/catch-by-group.ts';
import { groupTable } from '../../../../harness/power/defects/group-table.ts';

const caught: Caught = {
  program: { architecture: 'x86-64', scenario: 'a/b', index: 0 },
  divergence: { unwinder: 'dwarf', message: 'wrong' },
};

function shownBy(number: number, ...groups: string[]): DefectCatches {
  const defect: Defect = { number, file: '', title: '', seenIn: '', caughtBy: [], patches: [] };
  return { defect, first: caught, groups: new Map(groups.map((group) => [group, caught])) };
}

const sizes = new Map([
  ['a', 3],
  ['b', 2],
  ['random', 1],
]);
const table = (...defects: DefectCatches[]) => groupTable(defects, sizes, new Set(['random']));

describe('groupTable()', () => {
  it('counts what each group shows, and what no other does', () => {
    expect(table(shownBy(1, 'a'), shownBy(2, 'a', 'b'), shownBy(3, 'b'), shownBy(4))).toEqual([
      { group: 'a', scenarios: 3, catches: [1, 2], alone: [1] },
      { group: 'b', scenarios: 2, catches: [2, 3], alone: [3] },
      { group: 'random', scenarios: 1, catches: [], alone: [] },
    ]);
  });

  it('takes a group for the only one where else only a mixed one shows the defect', () => {
    expect(table(shownBy(1, 'a', 'random'), shownBy(2, 'random')).map(({ alone }) => alone)).toEqual([[1], [], []]);
  });

  it('names a bug that two patches plant once', () => {
    expect(table(shownBy(1, 'a'), shownBy(1, 'a'))[0]).toMatchObject({ catches: [1], alone: [1] });
  });
});
