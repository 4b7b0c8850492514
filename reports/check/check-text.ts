import type { CheckFile, CheckFinding } from '../../harness/record/check.ts';
import { plural } from '../plural.ts';
import type { Style } from '../terminal/style.ts';
import { labelled, wrap } from '../terminal/wrap.ts';

const width = 100;
/** Findings of a kind shown. */
const shown = 5;

/** What was found in a file, for a terminal of 100 columns: errors first, each kind with what it means. */
export function checkText({ file, architecture, fdes, kinds, findings }: CheckFile, style: Style): string {
  const counts = Object.entries(fdes).map(([section, count]) => `${plural(count, 'FDE')} in ${section}`);
  const lines = [style('bold', file), `${architecture}, ${counts.join(', ')}`];
  const order = Object.entries(kinds).sort(([, a], [, b]) => severityOrder(a.severity) - severityOrder(b.severity));
  for (const [name, { severity, title, about, count }] of order) {
    const mark = severity === 'error' ? style('red', `✗ ${name}`) : style('yellow', `! ${name}`);
    lines.push('', `${mark}  ${count.toLocaleString('en')} × ${title}`);
    lines.push(...wrap(about, width - 4).map((line) => style('dim', `    ${line}`)));
    const some = findings.filter(({ kind }) => kind === name).slice(0, shown);
    for (const finding of some) lines.push(`  ${placeOf(finding)}`, ...labelled('    ', finding.message, width));
    if (count > some.length)
      lines.push(`  … and ${(count - some.length).toLocaleString('en')} more; --json lists them`);
  }
  if (order.length === 0) lines.push(style('green', '✓ nothing wrong found'));
  return `${lines.join('\n')}\n`;
}

function severityOrder(severity: 'error' | 'warning'): number {
  return severity === 'error' ? 0 : 1;
}

function placeOf({ section, offset, address, function: name }: CheckFinding): string {
  const place = offset === undefined ? section : `${section}+0x${offset.toString(16)}`;
  const code = address === undefined ? '' : `  ${address}`;
  return `${place}${code}${name === undefined ? '' : ` <${name.length > 40 ? `${name.slice(0, 39)}…` : name}>`}`;
}
