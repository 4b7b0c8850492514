import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fetchDebianLibrary, isDebianLike } from './debian-package.js';
import { libraryProblem } from './library-file.js';
import { cacheFolder } from './paths.js';
import { SetupError } from './process.js';

/** Environment variable with the path of Unicorn's shared library: set by the user, or for the processes we start. */
export const unicornVariable = 'PLUMBLINE_UNICORN';

const advice = `Plumbline needs the shared library of the Unicorn emulator, version 2. Install it with
  Debian, Ubuntu   sudo apt-get install libunicorn2
  Fedora           sudo dnf install unicorn
  Arch             sudo pacman -S unicorn
  macOS            brew install unicorn
or set ${unicornVariable} to its path.`;

/** @type {Record<string, { name: string, folders: string[] }>} */
const usual = {
  linux: {
    name: 'libunicorn.so.2',
    folders: [
      process.arch === 'arm64' ? '/usr/lib/aarch64-linux-gnu' : '/usr/lib/x86_64-linux-gnu',
      '/usr/lib64',
      '/usr/lib',
      '/usr/local/lib64',
      '/usr/local/lib',
    ],
  },
  darwin: {
    name: 'libunicorn.2.dylib',
    folders: ['/opt/homebrew/lib', '/opt/homebrew/opt/unicorn/lib', '/usr/local/lib', '/usr/local/opt/unicorn/lib'],
  },
};

/**
 * The system's own library, or undefined.
 * @returns {string | undefined}
 */
function systemLibrary() {
  const platform = usual[process.platform];
  if (platform === undefined) return undefined;
  const paths = platform.folders.map((folder) => join(folder, platform.name));
  if (process.platform === 'linux') {
    for (const ldconfig of ['/sbin/ldconfig', '/usr/sbin/ldconfig', 'ldconfig']) {
      const listed = spawnSync(ldconfig, ['-p'], { encoding: 'utf8' });
      if (listed.status !== 0) continue;
      const found = listed.stdout.matchAll(/^\s*libunicorn\.so\.2 .*=> (.+)$/gm);
      paths.unshift(...[...found].map((match) => match[1] ?? ''));
      break;
    }
  }
  return paths.find((path) => libraryProblem(path) === undefined);
}

/**
 * Finds Unicorn's shared library, fetching it where that can be done without root: the path named by the environment,
 * else the system's, else Debian's package in the cache folder. Throws `SetupError` with what to install.
 * @param {NodeJS.ProcessEnv} environment
 * @param {(doing: string) => void} report called before a download starts
 * @returns {string} absolute path
 */
export function provideUnicorn(environment, report = () => {}) {
  const explicit = environment[unicornVariable];
  if (explicit !== undefined && explicit !== '') {
    const problem = libraryProblem(explicit);
    if (problem !== undefined) throw new SetupError(`${unicornVariable}=${explicit}: the file ${problem}.`);
    return explicit;
  }
  const system = systemLibrary();
  if (system !== undefined) return system;
  if (!isDebianLike()) throw new SetupError(advice);
  const cached = join(cacheFolder(environment), `debian-${process.arch}`, 'libunicorn.so.2');
  if (libraryProblem(cached) === undefined) return cached;
  report(`fetching Debian's package libunicorn2 into ${join(cached, '..')}`);
  try {
    fetchDebianLibrary(cached);
  } catch (error) {
    throw new SetupError(`${error instanceof Error ? error.message : error}\n\n${advice}`);
  }
  return cached;
}
