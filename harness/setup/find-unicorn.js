import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.js';
import { libraryProblem } from './library-file.js';

/** Environment variable with the path of Unicorn's shared library: set by the user, or for the processes we start. */
export const unicornVariable = 'PLUMBLINE_UNICORN';

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
 * Where a library fetched for this machine is kept.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string}
 */
export function cachedLibrary(environment) {
  return join(cacheFolder(environment), `debian-${process.arch}`, 'libunicorn.so.2');
}

/**
 * Looks for Unicorn's shared library: the path named by the environment, else the system's, else the one that was
 * fetched before. Throws an `Error` where the environment names a file that cannot be it.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string | undefined} absolute path; undefined where there is none
 */
export function findUnicorn(environment) {
  const explicit = environment[unicornVariable];
  if (explicit !== undefined && explicit !== '') {
    const problem = libraryProblem(explicit);
    if (problem !== undefined) throw new Error(`${unicornVariable}=${explicit}: the file ${problem}.`);
    return explicit;
  }
  const cached = cachedLibrary(environment);
  return systemLibrary() ?? (libraryProblem(cached) === undefined ? cached : undefined);
}
