export { extendedEncoder } from './extended-encoder.ts';
