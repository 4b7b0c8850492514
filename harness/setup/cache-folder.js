import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

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
