import type { EncodedModule } from '../../engine/index.ts';
import { addCounts } from '../compact/sum-counts.ts';
import type { EncodingCoverage } from '../record/index.ts';

export function coverageOf({ descriptors, fallbacks }: EncodedModule): EncodingCoverage {
  const reasons: Record<string, number> = {};
  for (const reason of fallbacks.values()) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return {
    functions: descriptors.length,
    descriptors: descriptors.reduce((sum, count) => sum + count, 0),
    fallbacks: reasons,
  };
}

export function sumCoverage(coverages: readonly EncodingCoverage[]): EncodingCoverage {
  const sum = { functions: 0, descriptors: 0, fallbacks: {} as Record<string, number> };
  for (const { functions, descriptors, fallbacks } of coverages) {
    sum.functions += functions;
    sum.descriptors += descriptors;
    addCounts(sum.fallbacks, fallbacks);
  }
  return sum;
}
