import type { EnginePower } from '../../harness/record/power.ts';
import { type Cell, layOut } from '../terminal/columns.ts';
import type { Style } from '../terminal/style.ts';
import { defaultWidth, labelled } from '../terminal/wrap.ts';

/** The share of the engine's mutants that the tests notice, by area. */
export function engineText(power: EnginePower, style: Style): string[] {
  const cell = (text: string): Cell => ({ text, align: 'right' });
  const rows = power
    .filter(({ percent, demanded }) => percent !== undefined || demanded)
    .map(({ area, state, detected, mutants, percent }) => [
      { text: area },
      cell(percent === undefined ? '-' : `${percent.toFixed(1)} %`),
      cell(`${detected.toLocaleString('en')} of ${mutants.toLocaleString('en')}`),
      { text: state === 'stale' ? 'measured with other sources' : '' },
    ]);
  const unmeasured = power.filter(({ percent, demanded }) => percent === undefined && !demanded);
  const [head, ...lines] = layOut([[{ text: 'engine' }, cell('score'), cell('mutants'), { text: '' }], ...rows]);
  return [
    'Mutants of the engine that its tests notice, as npm run mutation last recorded it.',
    style('dim', head!),
    ...lines,
    ...(unmeasured.length === 0
      ? []
      : labelled('not measured: ', unmeasured.map(({ area }) => area).join(', '), defaultWidth)),
  ];
}
