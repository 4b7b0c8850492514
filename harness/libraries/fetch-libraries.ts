import { existsSync } from 'node:fs';
import type { WithPackages } from '../package-source.ts';
import { fetchLibrary, LibraryError } from './fetch-library.ts';
import { librariesFolder, libraryTarget } from './library-path.ts';
import type { PinnedLibrary } from './pinned-library.ts';

/** What became of a library: where it is, or why it could not be fetched. */
export type LibraryOutcome =
  | { readonly name: string; readonly path: string; readonly fetched: boolean }
  | { readonly name: string; readonly problem: string };

/**
 * Fetches the libraries that are not there yet, in one go for each architecture. A library that cannot be had does not
 * keep the others from being fetched.
 *
 * @throws what `withPackages` throws where no package can be had at all, as without a network
 */
export function fetchLibraries(
  libraries: readonly PinnedLibrary[],
  withPackages: WithPackages,
  environment: NodeJS.ProcessEnv,
  report: (outcome: LibraryOutcome) => void,
): void {
  const absent = new Map<string, PinnedLibrary[]>();
  for (const library of libraries) {
    const path = libraryTarget(library, environment);
    if (existsSync(path)) report({ name: library.name, path, fetched: false });
    else absent.set(library.architecture, [...(absent.get(library.architecture) ?? []), library]);
  }
  for (const [architecture, wanted] of absent) {
    const doing = `fetching packages of ${architecture}`;
    withPackages({ folder: librariesFolder(environment), doing, architecture }, (source, temporary) => {
      for (const library of wanted) {
        const path = libraryTarget(library, environment);
        try {
          fetchLibrary(library, source, path, temporary);
          report({ name: library.name, path, fetched: true });
        } catch (error) {
          if (!(error instanceof LibraryError)) throw error;
          report({ name: library.name, problem: error.message });
        }
      }
    });
  }
}
