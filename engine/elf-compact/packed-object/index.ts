export { packedCoding } from './packed-coding.ts';
