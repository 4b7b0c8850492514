import type { Architecture } from '../../engine/index.ts';
import { findTool, parseReadelf, readelfOptions, toolOutput } from '../oracles/index.ts';
import type { ReadelfRows } from './attribution.ts';

/** What the installed readelf reads in a file. */
export function readelfRows(file: string, architecture: Architecture): ReadelfRows {
  const tool = findTool('readelf', architecture.name);
  if (tool === undefined) return { unavailable: 'readelf is not installed' };
  return { fdes: parseReadelf(toolOutput(tool.command, readelfOptions, file), architecture) };
}
