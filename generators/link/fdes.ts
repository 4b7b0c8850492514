import type { AssembledFunction } from '../assembly/index.ts';
import type { Fde } from '../cfi/index.ts';
import type { ExtraFde, LinkOptions } from './options.ts';

/** The FDEs of a program in the order they are written. */
export function collectFdes(
  functions: readonly AssembledFunction[],
  { extraFdes = [] }: LinkOptions,
  labels: ReadonlyMap<string, bigint>,
): Fde[] {
  const describe = ({ label, size, cie = {}, directives = [], order }: ExtraFde): Fde => {
    const start = labels.get(label);
    if (start === undefined) throw new Error(`label ${label} is not defined`);
    return { start, size, cie, directives, ...(order === 'stale' ? { stale: true } : {}) };
  };
  return [
    ...extraFdes.filter(({ order }) => order === 'first').map(describe),
    ...functions.flatMap(({ fde }) => (fde === undefined ? [] : [fde])),
    ...extraFdes.filter(({ order }) => order !== 'first').map(describe),
  ];
}
