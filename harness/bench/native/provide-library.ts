import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PackageSource, WithPackages } from '../../package-source.ts';
import { findInstallation, type Installation, type LibraryKind } from './installation.ts';

/** Where a library is, or why there is none. */
export type Provided = Installation | { readonly unavailable: string };

/** Debian's packages of a library: of each list the first that is offered is needed. */
function packagesOf(kind: LibraryKind, source: PackageSource): string[][] {
  switch (kind) {
    case 'nongnu-libunwind':
      return [['libunwind-dev'], ['libunwind8']];
    case 'elfutils':
      // The names with t64 are those of releases since the change of time_t.
      return [['libdw-dev'], ['libdw1t64', 'libdw1'], ['libelf-dev'], ['libelf1t64', 'libelf1']];
    case 'llvm-libunwind': {
      const releases = source.names('libunwind-').flatMap((name) => /^libunwind-(\d+)-dev$/.exec(name)?.[1] ?? []);
      releases.sort((a, b) => Number(b) - Number(a));
      // A security update may bring a release's headers without its library.
      const complete = releases
        .map((release) => [`libunwind-${release}-dev`, `libunwind-${release}`])
        .find((names) => names.every((name) => source.versions(name).length > 0));
      if (complete === undefined) throw new Error('no packages libunwind-N-dev and libunwind-N are offered');
      return complete.map((name) => [name]);
    }
  }
}

/**
 * Finds libraries: the system's, else those fetched before, else those of packages fetched now into `folder`. The
 * packages are only unpacked: nothing is installed.
 *
 * @param withPackages undefined where packages cannot or shall not be fetched
 */
export function provideLibraries(
  kinds: readonly LibraryKind[],
  folder: string,
  withPackages: WithPackages | undefined,
): Map<LibraryKind, Provided> {
  const fetched = (kind: LibraryKind) => join(folder, `${kind}-${process.arch}`);
  const find = (kind: LibraryKind) =>
    findInstallation(kind, '/', process.arch) ?? findInstallation(kind, fetched(kind), process.arch);
  const provided = new Map<LibraryKind, Provided>();
  for (const kind of kinds) {
    provided.set(kind, find(kind) ?? { unavailable: `${kind} with its headers is not installed` });
  }
  const absent = kinds.filter((kind) => 'unavailable' in provided.get(kind)!);
  if (absent.length === 0 || withPackages === undefined) return provided;
  try {
    withPackages({ folder, doing: 'fetching the packages of native unwinders' }, (source, temporary) => {
      for (const kind of absent) {
        try {
          unpackPackages(kind, source, temporary, fetched(kind));
          provided.set(kind, find(kind) ?? { unavailable: `${kind} was not found in its packages` });
        } catch (error) {
          provided.set(kind, { unavailable: `${kind} is not installed and could not be fetched: ${firstLine(error)}` });
        }
      }
    });
  } catch (error) {
    for (const kind of absent) {
      provided.set(kind, { unavailable: `${kind} is not installed and could not be fetched: ${firstLine(error)}` });
    }
  }
  return provided;
}

function unpackPackages(kind: LibraryKind, source: PackageSource, temporary: string, target: string): void {
  const unpacked = join(temporary, kind);
  for (const names of packagesOf(kind, source)) {
    const offered = names.find((name) => source.versions(name).length > 0);
    if (offered === undefined) throw new Error(`no package ${names.join(' or ')} is offered`);
    source.unpack(source.download(offered), unpacked);
  }
  // Renamed into place as a whole: another run may be doing the same.
  mkdirSync(join(target, '..'), { recursive: true });
  if (existsSync(target)) rmSync(target, { recursive: true });
  renameSync(unpacked, target);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
