import { createHash } from 'node:crypto';
import { copyFileSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PackageSource } from '../package-source.ts';
import { wantedEnding } from './library-path.ts';
import type { PinnedLibrary } from './pinned-library.ts';

/** A library that cannot be fetched as it is pinned; the message says what was expected and found. */
export class LibraryError extends Error {
  override readonly name = 'LibraryError';
}

/**
 * Downloads the pinned version of a library's package, checks its digest and puts the library at `target`.
 *
 * @param temporary a folder on the file system of `target`
 * @throws LibraryError where the version is not offered, or the archive is not the pinned one
 */
export function fetchLibrary(library: PinnedLibrary, source: PackageSource, target: string, temporary: string): void {
  const { package: name, version, architecture, sha256, path } = library;
  const pinned = `${name} ${version} (${architecture})`;
  const offered = source.versions(name);
  if (!offered.includes(version)) {
    const found = offered.length === 0 ? 'they offer no package of this name' : `they offer ${offered.join(', ')}`;
    throw new LibraryError(
      `${pinned} is not, or no longer, offered by this system's package sources: ${found}. ` +
        'The version is pinned, with its sha256, in harness/libraries/libraries.json.',
    );
  }
  const archive = source.download(`${name}=${version}`);
  const digest = createHash('sha256').update(readFileSync(archive)).digest('hex');
  if (digest !== sha256) {
    throw new LibraryError(`${pinned}: the downloaded archive has sha256 ${digest}, ${sha256} is pinned`);
  }
  const unpacked = join(temporary, `unpacked-${library.name}`);
  source.unpack(archive, unpacked);
  // Renamed into place: whatever is found there later was checked and is whole.
  const whole = join(temporary, `whole-${library.name}`);
  if (!copyWanted(library, unpacked, whole)) throw new LibraryError(`${pinned} holds no file ${path}`);
  mkdirSync(dirname(target), { recursive: true });
  renameSync(whole, target);
}

/** Copies the library, or all that belong to it into a folder; false where the package has none. */
function copyWanted(library: PinnedLibrary, unpacked: string, to: string): boolean {
  const isFile = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
  const ending = wantedEnding(library);
  const source = join(unpacked, library.path);
  if (ending === undefined) {
    if (!isFile(source)) return false;
    copyFileSync(source, to);
    return true;
  }
  const folder = dirname(source);
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
  const names = readdirSync(folder).filter((name) => name.endsWith(ending) && isFile(join(folder, name)));
  mkdirSync(to);
  for (const name of names) copyFileSync(join(folder, name), join(to, name));
  return names.length > 0;
}
