export { encodingsFor } from './choose-encodings.ts';
export { type MeasureOptions, measureFile } from './measure-file.ts';
