import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from './process.js';

/**
 * The lock file's digest, and the file in `node_modules` that says which lock file was installed.
 * @param {string} root
 */
function lockState(root) {
  const lock = join(root, 'package-lock.json');
  return {
    lock,
    digest: createHash('sha256').update(readFileSync(lock)).digest('hex'),
    stamp: join(root, 'node_modules', '.plumbline-lock'),
    npmStamp: join(root, 'node_modules', '.package-lock.json'),
  };
}

/**
 * True where `node_modules` is what the lock file asks for.
 * @param {string} root
 * @returns {boolean}
 */
export function packagesInstalled(root) {
  const { lock, digest, stamp, npmStamp } = lockState(root);
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === digest;
  return existsSync(npmStamp) && statSync(npmStamp).mtimeMs >= statSync(lock).mtimeMs;
}

/**
 * Installs the packages of the lock file in a clone, and links the command so that `npx plumbline` finds it at once.
 * @param {string} root
 */
export function installPackages(root) {
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  const options = { cwd: root, doing: 'installing the packages' };
  if (npm?.endsWith('.js')) capture(process.execPath, [npm, ...args], options);
  else capture('npm', args, options);
  const { digest, stamp } = lockState(root);
  writeFileSync(stamp, digest);
}

/**
 * Links `node_modules/.bin/plumbline` to the clone's own command.
 * @param {string} root
 */
export function linkCommand(root) {
  const link = join(root, 'node_modules', '.bin', 'plumbline');
  const exists = lstatSync(link, { throwIfNoEntry: false }) !== undefined;
  if (exists && existsSync(link)) return;
  if (exists) rmSync(link);
  symlinkSync(join('..', '..', 'harness', 'setup', 'plumbline.js'), link);
  chmodSync(join(root, 'harness', 'setup', 'plumbline.js'), 0o755);
}
