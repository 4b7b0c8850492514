import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from './process.js';

const sourceFolders = ['engine', 'generators', 'harness', 'reports'];
const configurations = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/**
 * A digest over path, size and time of everything the build reads.
 * @param {string} root
 * @returns {string}
 */
function sourcesDigest(root) {
  const hash = createHash('sha256');
  const files = configurations.map((name) => join(root, name));
  for (const folder of sourceFolders) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && /\.[jt]s$/.test(entry.name)) files.push(join(entry.parentPath, entry.name));
    }
  }
  for (const file of files.sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/**
 * True where `dist` was built from the sources as they are.
 * @param {string} root
 * @returns {boolean}
 */
export function isBuilt(root) {
  const stamp = join(root, 'dist', '.sources');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourcesDigest(root);
}

/**
 * Compiles the sources into `dist`. Types are not checked here, `npm test` does that: a newcomer's first run should
 * not wait for it.
 * @param {string} root
 */
export function build(root) {
  const digest = sourcesDigest(root);
  const fresh = join(root, `dist.${process.pid}`);
  try {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const args = [tsc, '-p', 'tsconfig.build.json', '--noCheck', '--outDir', fresh];
    capture(process.execPath, args, { cwd: root, doing: 'compiling the sources' });
    writeFileSync(join(fresh, '.sources'), digest);
    replace(join(root, 'dist'), fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * Puts a folder in another's place as a whole, so that a run that starts meanwhile never sees half a build. Somebody
 * else may be doing the same.
 * @param {string} target
 * @param {string} fresh
 */
function replace(target, fresh) {
  const old = `${fresh}.old`;
  for (let attempt = 0; ; attempt++) {
    try {
      if (existsSync(target)) renameSync(target, old);
      renameSync(fresh, target);
      return;
    } catch (error) {
      if (attempt === 5) throw error;
    } finally {
      rmSync(old, { recursive: true, force: true });
    }
  }
}
