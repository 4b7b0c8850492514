export type { Divergence, DivergenceKind } from './divergence.ts';
export { Judge } from './judge.ts';
export type { Verdict } from './verdict.ts';
