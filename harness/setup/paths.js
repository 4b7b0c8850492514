import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's own folder: the clone, or where a package manager installed it. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** True in a clone; an installed package brings `dist` and has no sources to build. */
export const isClone = existsSync(join(root, 'tsconfig.build.json'));

/**
 * Where downloaded libraries are kept between runs.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string}
 */
export function cacheFolder(environment) {
  const base = environment.XDG_CACHE_HOME;
  // The XDG base directory specification: relative paths are invalid and ignored.
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), '.cache'), 'plumbline');
}
