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

/** @import { PackageSource, WithPackages } from '../package-source.ts' */

/**
 * apt's configuration for a state of its own: neither the system's package lists nor its cache are touched, and no
 * root is needed. Hooks of the system's configuration are cleared, as they would act on the system.
 * @param {string} folder
 * @param {string | undefined} architecture Debian's name, where it is not this machine's
 * @returns {string}
 */
function aptConfiguration(folder, architecture) {
  return [
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    '#clear DPkg::Post-Invoke;',
    ...(architecture === undefined
      ? []
      : [
          '#clear APT::Architectures;',
          `APT::Architecture "${architecture}";`,
          `APT::Architectures "${architecture}";`,
        ]),
    `Dir::State "${folder}/state";`,
    `Dir::State::status "${folder}/state/status";`,
    `Dir::Cache "${folder}/cache";`,
    'APT::Sandbox::User "";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    '',
  ].join('\n');
}

/**
 * Calls `use` with the packages the system's package sources offer now; what it downloads is gone when it returns.
 * Throws `SetupError` where the lists cannot be fetched, or a package cannot.
 * @type {WithPackages}
 */
export function withPackages({ folder, doing, architecture }, use) {
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, 'apt-'));
  try {
    mkdirSync(join(work, 'state', 'lists', 'partial'), { recursive: true });
    mkdirSync(join(work, 'cache', 'archives', 'partial'), { recursive: true });
    writeFileSync(join(work, 'state', 'status'), '');
    const configuration = join(work, 'apt.conf');
    writeFileSync(configuration, aptConfiguration(work, architecture));
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
    /**
     * @param {string} command
     * @param {string} cwd
     * @param {readonly string[]} args
     */
    const apt = (command, cwd, ...args) => capture(command, ['-q', '-c', configuration, ...args], { cwd, env, doing });
    apt('apt-get', work, 'update');
    /** @type {PackageSource} */
    const source = {
      names: (prefix) => apt('apt-cache', work, 'pkgnames', prefix).split('\n').filter(Boolean),
      versions: (name) =>
        apt('apt-cache', work, 'madison', name)
          .split('\n')
          .flatMap((line) => line.split('|')[1]?.trim() ?? []),
      download: (specification) => {
        const into = mkdtempSync(join(work, 'download-'));
        apt('apt-get', into, 'download', specification);
        const archive = readdirSync(into).find((name) => name.endsWith('.deb'));
        if (archive === undefined) throw new SetupError(`${doing}: apt-get downloaded no package`);
        return join(into, archive);
      },
      unpack: (archive, into) => {
        mkdirSync(into, { recursive: true });
        capture('dpkg', ['-x', archive, into], { env, doing });
      },
    };
    return use(source, work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Fetches Debian's or Ubuntu's package `libunicorn2` with apt-get and unpacks its library to `target`.
 * @param {string} target path of the library to be made; its folder is made too
 */
export function fetchDebianLibrary(target) {
  const doing = 'fetching the Debian package libunicorn2';
  withPackages({ folder: join(target, '..'), doing }, (source, work) => {
    const archive = source.download('libunicorn2');
    const unpacked = join(work, 'root');
    source.unpack(archive, unpacked);
    const found = readdirSync(unpacked, { recursive: true, encoding: 'utf8' })
      .map((name) => join(unpacked, name))
      .find((path) => path.endsWith('/libunicorn.so.2') && libraryProblem(path) === undefined);
    if (found === undefined) throw new SetupError(`${doing}: ${archive} holds no libunicorn.so.2 for this machine`);
    // Renamed into place: another run may be doing the same.
    copyFileSync(found, join(work, 'library'));
    renameSync(join(work, 'library'), target);
  });
}

/**
 * True where Debian's packages can be fetched.
 * @returns {boolean}
 */
export function isDebianLike() {
  return process.platform === 'linux' && existsSync('/usr/bin/apt-get') && existsSync('/usr/bin/dpkg');
}
