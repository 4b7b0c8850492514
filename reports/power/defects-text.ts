import type { DefectPower } from '../../harness/record/power.ts';
import { type Cell, layOut } from '../terminal/columns.ts';
import type { Style } from '../terminal/style.ts';
import { labelled } from '../terminal/wrap.ts';

const width = 100;

/** Which group of scenarios shows which known bugs; the bugs that nobody shows, and those that are not planted. */
export function defectsText(power: DefectPower, style: Style): string[] {
  const { defects, leftOut } = power;
  const missed = defects.filter(({ caught }) => caught === undefined);
  const count = `${defects.length - missed.length} of ${defects.length} known bugs, planted one by one, are shown`;
  const lines = [
    missed.length === 0 ? style('green', `✓ ${count}`) : style('red', `✗ ${count}`),
    ...missed.flatMap(({ number, title, seenIn }) => labelled('    ', `${number} ${title} (${seenIn})`, width)),
    '',
  ];
  if (power.only !== undefined) return [...lines, ...defects.flatMap(shownBy)];
  return [
    ...lines,
    ...groupLines(power, style),
    '',
    `${leftOut.length} known bugs are not planted:`,
    ...leftOut.flatMap(({ number, seenIn, reason }) => labelled('    ', `${number} ${seenIn}: ${reason}`, width)),
  ];
}

/** A bug and the groups that show it. */
function shownBy({ number, title, groups }: DefectPower['defects'][number]): string[] {
  return labelled('    ', `${number} ${title}: ${groups.length === 0 ? 'no group' : groups.join(', ')}`, width);
}

function groupLines({ groups, uncounted, defects }: DefectPower, style: Style): string[] {
  const title = new Map(defects.map((defect) => [defect.number, defect.title]));
  const cell = (text: string): Cell => ({ text, align: 'right' });
  const [head, ...rows] = layOut([
    [{ text: 'group' }, cell('scenarios'), cell('shows'), cell('alone'), { text: 'such as' }],
    ...groups.map(({ group, scenarios, catches, alone, confirmed }) => {
      const isNeeded = confirmed !== undefined || uncounted.includes(group);
      const example = confirmed === undefined ? alone.join(' ') : `${confirmed} ${title.get(confirmed)}`;
      return [
        { text: `${isNeeded ? '✓' : '✗'} ${group}`, paint: (text: string) => style(isNeeded ? 'green' : 'red', text) },
        cell(String(scenarios)),
        cell(String(catches.length)),
        cell(uncounted.includes(group) ? '-' : String(alone.length)),
        { text: example.slice(0, 60) },
      ];
    }),
  ]);
  return [
    'Which group shows which; "alone": no quick program of another one does, with two unwinders. The one',
    'named is shown by no program of another with these, and by no quick one with any unwinder: without',
    'the group nobody would notice.',
    style('dim', head!),
    ...rows,
  ];
}
