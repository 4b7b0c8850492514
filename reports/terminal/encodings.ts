import type { EncodingCoverage, FinalLine } from '../../harness/record/index.ts';
import { plural } from '../plural.ts';
import { indented } from './wrap.ts';

/** A line for each unwinder that encodes what programs have: how many functions fit, and why others stay DWARF. */
export function encodings({ unwinders }: FinalLine['architectures'][number], width: number): string[] {
  return unwinders.flatMap(({ unwinder, coverage }) =>
    coverage === undefined ? [] : indented(`${unwinder}: ${coverageText(coverage)}`, width),
  );
}

function coverageText({ functions, descriptors, fallbacks }: EncodingCoverage): string {
  const reasons = Object.entries(fallbacks).sort(([, a], [, b]) => b - a);
  const left = reasons.reduce((sum, [, count]) => sum + count, 0);
  const fit = functions - left;
  const average = fit === 0 ? '' : ` (${(descriptors / fit).toFixed(2)} descriptors each)`;
  const text = `${fit.toLocaleString('en')} of ${plural(functions, 'function')} encoded${average}`;
  if (left === 0) return text;
  const why = reasons.map(([reason, count]) => `${reason}: ${count.toLocaleString('en')}`).join('; ');
  return `${text}, ${left.toLocaleString('en')} stay DWARF (${why})`;
}
