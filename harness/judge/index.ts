export type { Divergence, DivergenceKind } from './divergence.ts';
export { Judge, notTold, type SignalFlags } from './judge.ts';
export type { Verdict } from './verdict.ts';
