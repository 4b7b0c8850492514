import type { BenchComparisonWithBase } from '../../harness/record/bench.ts';
import { layOut } from '../terminal/columns.ts';
import type { Style } from '../terminal/style.ts';

/** What `--compare` found, path by path. */
export function comparisonText(comparison: BenchComparisonWithBase, style: Style): string {
  const { passed, margin, changes, missing, added, uncachedOverCached, note } = comparison;
  const right = (text: string) => ({ text, align: 'right' as const });
  const [head, ...rows] = layOut([
    [{ text: 'path' }, { text: 'stack' }, right('base'), right('now'), right('change'), { text: '' }],
    ...changes.map(({ path, stack, base, now, change, worse }) => [
      { text: path },
      { text: stack },
      right(base.toFixed(2)),
      right(now.toFixed(2)),
      right(percent(change)),
      { text: worse ? 'worse' : '', paint: (text: string) => style('red', text) },
    ]),
  ]);
  const times = (value: number | undefined): string => (value === undefined ? '-' : `${value.toFixed(1)} times`);
  const { base, now } = uncachedOverCached;
  return `${[
    style('dim', head!),
    ...rows.map((row) => row.trimEnd()),
    ...missing.map((path) => style('red', `${path} is in the base, but was not measured`)),
    ...added.map((path) => `${path} is not in the base`),
    ...(note === undefined ? [] : [note]),
    `a hit is cheaper than the uncached path: ${times(base)} in the base, ${times(now)} now (not judged)`,
    passed
      ? style(
          'green',
          `PASS: no path has become more than ${(100 * margin).toFixed(0)} % dearer, in frame-pointer walks`,
        )
      : style('red', `FAIL: the margin is ${(100 * margin).toFixed(0)} %`),
  ].join('\n')}\n`;
}

function percent(change: number): string {
  return `${change >= 0 ? '+' : ''}${(100 * change).toFixed(0)} %`;
}
