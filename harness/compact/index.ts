export { encodingsFor } from './choose-encodings.ts';
export { checkEmittedSteps, emitEncoding } from './emit-encoding.ts';
export { type MeasureOptions, measureFile } from './measure-file.ts';
