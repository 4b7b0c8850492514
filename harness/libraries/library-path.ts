import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cacheFolder } from '../setup/cache-folder.js';
import { type PinnedLibrary, pinnedLibraries } from './pinned-library.ts';

/** Where fetched libraries are kept. */
export function librariesFolder(environment: NodeJS.ProcessEnv): string {
  return join(cacheFolder(environment), 'libraries');
}

/** The ending of the files that are wanted of a folder, where a library is more than one file. */
export function wantedEnding({ path }: PinnedLibrary): string | undefined {
  return /^\*(\.\w+)$/.exec(basename(path))?.[1];
}

/**
 * Where a library is once it was fetched, the folder where it is several files: the path names the version, so that
 * another pin is another file.
 */
export function libraryTarget(library: PinnedLibrary, environment: NodeJS.ProcessEnv): string {
  const { package: name, version, architecture } = library;
  // As in apt's file names; a colon would end a path in lists of paths.
  const folder = `${name}_${version.replaceAll(':', '%3a')}_${architecture}`;
  const place = wantedEnding(library) === undefined ? library.path : dirname(library.path);
  return join(librariesFolder(environment), folder, basename(place));
}

/**
 * The path of a library (or the folder of the libraries) of `libraries.json` that `npm run libraries` has fetched, or
 * undefined where it has not (or there is none of that name).
 */
export function libraryPath(name: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const library = pinnedLibraries().find((one) => one.name === name);
  if (library === undefined) return undefined;
  const path = libraryTarget(library, environment);
  return existsSync(path) ? path : undefined;
}
