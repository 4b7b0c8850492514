import { summarizeScore } from '../mutation/summary.ts';
import type { EnginePower } from '../record/power.ts';

/** Least share of mutants detected, per cent, in the areas of which it is demanded. */
const leastPercent = 90;

/** The committed mutation score of the checkout at `root`. Throws `MutationScoreError` where it is malformed. */
export function engineScore(root: string): EnginePower {
  return summarizeScore(root).map(({ area, state, detected, mutants, percent, explained }) => ({
    area,
    state,
    detected,
    mutants,
    ...(percent !== undefined && { percent }),
    demanded: explained,
  }));
}

/** Where it is demanded, the score is that of the sources as they are, and high enough. */
export function isEngineScoreEnough(power: EnginePower): boolean {
  const demanded = power.filter((area) => area.demanded);
  return (
    demanded.length > 0 && demanded.every(({ state, percent = 0 }) => state === 'current' && percent >= leastPercent)
  );
}
