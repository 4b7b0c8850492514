export { recordFile } from './record-file.ts';
