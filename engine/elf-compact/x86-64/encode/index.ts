export { extendedEncoder } from './extended-encoder.ts';
export { g2Encoder, g3Encoder } from './published-encoders.ts';
export { type PartCounts, SplittingEncoder } from './splitting-encoder.ts';
