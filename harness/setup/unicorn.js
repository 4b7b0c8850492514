import { join } from 'node:path';
import { fetchDebianLibrary, isDebianLike } from './debian-package.js';
import { cachedLibrary, findUnicorn, unicornVariable } from './find-unicorn.js';
import { SetupError } from './process.js';

export { unicornVariable };

const advice = `Plumbline needs the shared library of the Unicorn emulator, version 2. Install it with
  Debian, Ubuntu   sudo apt-get install libunicorn2
  Fedora           sudo dnf install unicorn
  Arch             sudo pacman -S unicorn
  macOS            brew install unicorn
or set ${unicornVariable} to its path.`;

/**
 * Finds Unicorn's shared library as `findUnicorn` does; where there is none, fetches Debian's package into the cache
 * folder if that can be done. Throws `SetupError` with what to install.
 * @param {NodeJS.ProcessEnv} environment
 * @param {(doing: string) => void} report called before a download starts
 * @returns {string} absolute path
 */
export function provideUnicorn(environment, report = () => {}) {
  const found = find(environment);
  if (found !== undefined) return found;
  if (!isDebianLike()) throw new SetupError(advice);
  const cached = cachedLibrary(environment);
  report(`fetching Debian's package libunicorn2 into ${join(cached, '..')}`);
  try {
    fetchDebianLibrary(cached);
  } catch (error) {
    throw new SetupError(`${error instanceof Error ? error.message : error}\n\n${advice}`);
  }
  return cached;
}

/** @param {NodeJS.ProcessEnv} environment */
function find(environment) {
  try {
    return findUnicorn(environment);
  } catch (error) {
    throw new SetupError(error instanceof Error ? error.message : `${error}`);
  }
}
