import type { PowerReport } from '../../harness/record/power.ts';
import type { Style } from '../terminal/style.ts';
import { defectsText } from './defects-text.ts';

/** What `plumbline power` found out, for a terminal of 100 columns. */
export function powerText({ defects, passed }: PowerReport, style: Style): string {
  const parts = defects === undefined ? [] : [defectsText(defects, style)];
  const verdict = passed ? style('green', 'PASS') : style('red', 'FAIL');
  return `${[...parts.map((lines) => lines.join('\n')), verdict].join('\n\n')}\n`;
}
