export { type LsdaEntry, PagedIndex } from './read.ts';
export { paged } from './write.ts';
