import { areas } from './areas.ts';
import { type AreaScore, percentDetected, readScore, scoreState } from './score.ts';

/** What is known of an area's mutants. */
export interface AreaSummary {
  readonly area: string;
  /** `current` – counted with the sources as they are; `stale` – with others; `unmeasured` – never. */
  readonly state: 'current' | 'stale' | 'unmeasured';
  /** Detected mutants and all; 0 where unmeasured. */
  readonly detected: number;
  readonly mutants: number;
  /** Stryker's mutation score; undefined where unmeasured. */
  readonly percent: number | undefined;
  /** Whether `survivors.json` explains the others. */
  readonly explained: boolean;
}

/** The committed score of the checkout at `root`, by area. Throws `MutationScoreError` where it is malformed. */
export function summarizeScore(root: string): AreaSummary[] {
  const scores = readScore(root)?.areas ?? [];
  return areas.map(({ name, explained }) => {
    const score = scores.find(({ area }) => area === name);
    return score === undefined
      ? { area: name, state: 'unmeasured', detected: 0, mutants: 0, percent: undefined, explained }
      : { area: name, state: scoreState(root, score), ...counted(score), explained };
  });
}

function counted(score: AreaScore): Pick<AreaSummary, 'detected' | 'mutants' | 'percent'> {
  const detected = score.killed + score.timedOut;
  return { detected, mutants: detected + score.survived + score.notCovered, percent: percentDetected(score) };
}

/** One area in a line. */
export function summaryText({ area, state, detected, mutants, percent }: AreaSummary): string {
  if (percent === undefined) return `${area.padEnd(16)}       –  not measured`;
  const share = `${percent.toFixed(1)} %`.padStart(7);
  const stale = state === 'stale' ? ', measured for another engine' : '';
  return `${area.padEnd(16)} ${share}  ${detected} of ${mutants} mutants detected${stale}`;
}
