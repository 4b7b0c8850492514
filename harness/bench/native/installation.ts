import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A library of native unwinders that may or may not be there. */
export type LibraryKind = 'llvm-libunwind' | 'nongnu-libunwind' | 'elfutils';

/** A library's headers and the shared library itself. */
export interface Installation {
  readonly includeFolders: readonly string[];
  readonly library: string;
  /** As far as its place tells; empty where it does not. */
  readonly version: string;
}

/** GNU's name of this machine in paths of Debian's libraries, by `process.arch`. */
const multiarch: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/** A library below a folder laid out like `/`, headers included, or undefined. */
export function findInstallation(kind: LibraryKind, root: string, machine: string): Installation | undefined {
  const triplet = multiarch[machine] ?? machine;
  const includeFolder = join(root, 'usr', 'include');
  const libraryFolders = [join('usr', 'lib', triplet), join('usr', 'lib64'), join('usr', 'lib')].map((folder) =>
    join(root, folder),
  );
  switch (kind) {
    case 'nongnu-libunwind':
      // LLVM's headers have the same names; this one is only here.
      return pair(
        [join(includeFolder, triplet), includeFolder],
        'libunwind-common.h',
        libraryFolders,
        'libunwind.so.8',
      );
    case 'elfutils':
      return pair([includeFolder], join('elfutils', 'libdwfl.h'), libraryFolders, 'libdw.so.1');
    case 'llvm-libunwind':
      return llvmInstallation(root, includeFolder, libraryFolders);
  }
}

/** The newest one: Debian's packages can be installed side by side. */
function llvmInstallation(
  root: string,
  includeFolder: string,
  libraryFolders: readonly string[],
): Installation | undefined {
  const folder = join(root, 'usr', 'lib');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const releases = names.flatMap((name) => /^llvm-(\d+)$/.exec(name)?.[1] ?? []).sort((a, b) => Number(b) - Number(a));
  for (const release of releases) {
    const own = join(folder, `llvm-${release}`);
    const found = pair(
      [join(own, 'include'), join(includeFolder, 'libunwind')],
      '__libunwind_config.h',
      [join(own, 'lib')],
      'libunwind.so.1',
    );
    if (found !== undefined) return { ...found, version: release };
  }
  return pair([join(includeFolder, 'llvm-libunwind')], '__libunwind_config.h', libraryFolders, 'libunwind.so.1');
}

function pair(
  includeFolders: readonly string[],
  header: string,
  libraryFolders: readonly string[],
  library: string,
): Installation | undefined {
  const includeFolder = includeFolders.find((folder) => existsSync(join(folder, header)));
  const path = libraryFolders.map((folder) => join(folder, library)).find((file) => existsSync(file));
  if (includeFolder === undefined || path === undefined) return undefined;
  return { includeFolders: [includeFolder], library: path, version: '' };
}
