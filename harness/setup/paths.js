import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's own folder: the clone, or where a package manager installed it. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** True in a clone; an installed package brings `dist` and has no sources to build. */
export const isClone = existsSync(join(root, 'tsconfig.build.json'));
