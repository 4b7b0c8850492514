import { basename } from 'node:path';
import { libraryPath } from '../../libraries/index.ts';

const pinned = ['libLLVM-14', 'libLLVM-19'];

/** Files a stack can be made of, the best first: libraries that were fetched, and the libstdc++ of this process. */
export function usualLibraries(): string[] {
  const fetched = pinned.map((name) => libraryPath(name)).filter((path) => path !== undefined);
  return [...fetched, ...loadedObjects().filter((path) => basename(path).startsWith('libstdc++.so'))];
}

/** The shared objects of this process. */
function loadedObjects(): string[] {
  const report: unknown = process.report?.getReport();
  if (typeof report !== 'object' || report === null || !('sharedObjects' in report)) return [];
  const { sharedObjects } = report;
  return Array.isArray(sharedObjects) ? sharedObjects.filter((path) => typeof path === 'string') : [];
}
