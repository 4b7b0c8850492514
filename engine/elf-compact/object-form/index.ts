export { type DescriptorCoding, plainCoding } from './descriptor-coding.ts';
export { DescriptorCursor } from './descriptor-cursor.ts';
export { ObjectRowSource } from './object-row-source.ts';
export { ObjectFormWriter } from './write.ts';
