/** Debian's packages, as the package sources of this system offer them at the time. */
export interface PackageSource {
  /** Names of packages that begin so; of some of them no version may be offered. */
  names(prefix: string): string[];
  /** Versions of a package that are offered; empty where it is unknown. */
  versions(name: string): string[];
  /** Downloads a package (`name` or `name=version`) and returns the path of its archive. */
  download(specification: string): string;
  /** Unpacks an archive's files into a folder. */
  unpack(archive: string, into: string): void;
}

export interface PackageAccess {
  /** Where temporary files may be made. */
  readonly folder: string;
  /** Names the step in an error. */
  readonly doing: string;
  /** Debian's name of the packages' architecture, where it is not this machine's. */
  readonly architecture?: string | undefined;
}

/**
 * Calls `use` with the offered packages and a temporary folder on the same file system as `folder`; nothing of either
 * remains when it returns. No root is needed and the system's own state of packages is not touched.
 */
export type WithPackages = <T>(access: PackageAccess, use: (source: PackageSource, temporary: string) => T) => T;
