export { type KindOfFinding, kindsOfFindings } from './kinds.ts';
export { recordFile } from './record-file.ts';
