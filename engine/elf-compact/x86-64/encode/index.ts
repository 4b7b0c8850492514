export { extendedEncoder } from './extended-encoder.ts';
export { g3Encoder } from './g3-encoder.ts';
export { type PartCounts, SplittingEncoder } from './splitting-encoder.ts';
