import { build, isBuilt } from './build.js';
import { installPackages, linkCommand, packagesInstalled } from './packages.js';
import { isClone, root } from './paths.js';
import { provideUnicorn, unicornVariable } from './unicorn.js';

/**
 * Does one step and reports it with its duration.
 * @typedef {(doing: string, step: () => void) => void} Reporter
 */

/**
 * Makes a clone ready: packages installed, sources compiled, the command linked. Nothing to do in an installed package.
 * @param {Reporter} report called only for what has to be done
 */
export function prepareClone(report) {
  if (!isClone) return;
  if (!packagesInstalled(root)) report('installing the packages', () => installPackages(root));
  linkCommand(root);
  if (!isBuilt(root)) report('compiling the sources', () => build(root));
}

/**
 * Makes Unicorn available to this process and those it starts.
 * @param {(doing: string) => void} report called before a download starts
 * @returns {string} the library's path
 */
export function prepareUnicorn(report) {
  const path = provideUnicorn(process.env, report);
  process.env[unicornVariable] = path;
  return path;
}
