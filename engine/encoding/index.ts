export { buildFunctionTable, type FunctionTableOptions } from './build-function-table.ts';
export type { EncodedModule, EncodedSection, Encoding, EncodingInput } from './encoding.ts';
export { type FunctionTable, noRow, type Personality } from './function-table.ts';
export { FunctionView } from './function-view.ts';
