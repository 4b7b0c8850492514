import { createHash } from 'node:crypto';
import { copyFileSync, lstatSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PackageSource } from '../package-source.ts';
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
  const file = join(unpacked, path);
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new LibraryError(`${pinned} holds no file ${path}`);
  }
  // Renamed into place: whatever is found there later was checked and is whole.
  const whole = join(temporary, `whole-${library.name}`);
  copyFileSync(file, whole);
  mkdirSync(dirname(target), { recursive: true });
  renameSync(whole, target);
}
