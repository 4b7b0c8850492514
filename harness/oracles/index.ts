export { compareFdes, type Oracle, type OracleDifference, rowDifferences } from './compare.ts';
export { engineFdes, toOracleRow } from './engine-rows.ts';
export { llvmDwarfdumpOptions, parseLlvmDwarfdump } from './llvm-dwarfdump.ts';
export { parseReadelf, readelfOptions } from './readelf.ts';
export type { OracleFde, OracleRow } from './row.ts';
export { findTool, type InstalledTool, toolOutput } from './tools.ts';
