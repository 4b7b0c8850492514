import type { PowerReport } from '../../harness/record/power.ts';
import type { Style } from '../terminal/style.ts';
import { cfiText } from './cfi-text.ts';
import { defectsText } from './defects-text.ts';
import { engineText } from './engine-text.ts';

/** What `plumbline power` found out, for a terminal of 100 columns. */
export function powerText({ defects, cfi, engine, passed }: PowerReport, style: Style): string {
  const parts = [
    ...(defects === undefined ? [] : [defectsText(defects, style)]),
    ...(cfi === undefined ? [] : [cfiText(cfi)]),
    ...(engine === undefined ? [] : [engineText(engine, style)]),
  ];
  const verdict = passed ? style('green', 'PASS') : style('red', 'FAIL');
  return `${[...parts.map((lines) => lines.join('\n')), verdict].join('\n\n')}\n`;
}
