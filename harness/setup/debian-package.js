import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { libraryProblem } from './library-file.js';
import { capture, SetupError } from './process.js';

/**
 * apt's configuration for a state of its own: neither the system's package lists nor its cache are touched, and no
 * root is needed. Hooks of the system's configuration are cleared, as they would act on the system.
 * @param {string} folder
 * @returns {string}
 */
function aptConfiguration(folder) {
  return [
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    '#clear DPkg::Post-Invoke;',
    `Dir::State "${folder}/state";`,
    `Dir::State::status "${folder}/state/status";`,
    `Dir::Cache "${folder}/cache";`,
    'APT::Sandbox::User "";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    '',
  ].join('\n');
}

/**
 * Fetches Debian's or Ubuntu's package `libunicorn2` with apt-get and unpacks its library to `target`.
 * @param {string} target path of the library to be made; its folder is made too
 */
export function fetchDebianLibrary(target) {
  const folder = join(target, '..');
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, 'apt-'));
  const doing = 'fetching the Debian package libunicorn2';
  try {
    mkdirSync(join(work, 'state', 'lists', 'partial'), { recursive: true });
    mkdirSync(join(work, 'cache', 'archives', 'partial'), { recursive: true });
    mkdirSync(join(work, 'root'));
    writeFileSync(join(work, 'state', 'status'), '');
    const configuration = join(work, 'apt.conf');
    writeFileSync(configuration, aptConfiguration(work));
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
    capture('apt-get', ['-q', '-c', configuration, 'update'], { cwd: work, env, doing });
    capture('apt-get', ['-q', '-c', configuration, 'download', 'libunicorn2'], { cwd: work, env, doing });
    const archive = readdirSync(work).find((name) => name.endsWith('.deb'));
    if (archive === undefined) throw new SetupError(`${doing}: apt-get downloaded no package`);
    capture('dpkg', ['-x', join(work, archive), join(work, 'root')], { cwd: work, env, doing });
    const found = readdirSync(join(work, 'root'), { recursive: true, encoding: 'utf8' })
      .map((name) => join(work, 'root', name))
      .find((path) => path.endsWith('/libunicorn.so.2') && libraryProblem(path) === undefined);
    if (found === undefined) throw new SetupError(`${doing}: ${archive} holds no libunicorn.so.2 for this machine`);
    // Renamed into place: another run may be doing the same.
    copyFileSync(found, join(work, 'library'));
    renameSync(join(work, 'library'), target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * True where Debian's packages can be fetched.
 * @returns {boolean}
 */
export function isDebianLike() {
  return process.platform === 'linux' && existsSync('/usr/bin/apt-get') && existsSync('/usr/bin/dpkg');
}
