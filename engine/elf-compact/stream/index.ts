export type { LsdaRecord } from './lsda-reader.ts';
export { StreamIndex } from './read.ts';
export { streamForm } from './stream-form.ts';
