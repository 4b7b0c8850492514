import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageFolder } from '../package-folder.ts';

const pinnedLibrary = z.strictObject({
  /** What it is called here. */
  name: z.string().regex(/^[\w.+-]+$/),
  /** Debian's package, its exact version and Debian's name of its architecture. */
  package: z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/),
  version: z.string().regex(/^[\w.+:~-]+$/),
  architecture: z.enum(['amd64', 'arm64']),
  /** Of the package's archive. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** The library inside the package, no symbolic link; a path that ends in `*` and an ending is all files of that kind. */
  path: z.string().regex(/^(usr|lib|bin)\/[\w./+-]+(\/\*\.\w+)?$/),
  /** What it is for: the names under which several are fetched together. */
  groups: z.array(z.enum(['bench', 'compact', 'archives', 'exec', 'survey'])),
});

/** A library of a Debian package, pinned by version and digest. */
export type PinnedLibrary = z.infer<typeof pinnedLibrary>;

/** The libraries of `libraries.json`. Throws where the file has another shape. */
export function pinnedLibraries(): PinnedLibrary[] {
  const file = join(packageFolder(), 'harness', 'libraries', 'libraries.json');
  return z.array(pinnedLibrary).parse(JSON.parse(readFileSync(file, 'utf8')));
}
