import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where what was downloaded or built is kept between runs: a folder of ours in the user's cache folder. */
export function cacheFolder(environment: NodeJS.ProcessEnv): string {
  const base = environment.XDG_CACHE_HOME;
  // The XDG base directory specification: relative paths are invalid and ignored.
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), '.cache'), 'plumbline');
}
