import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder of this package: above the sources in a clone, above `dist` where the package is installed. Files that
 * are not compiled (data, C sources) are read from there.
 */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (folder !== dirname(folder)) {
    if (isPackage(folder)) return folder;
    folder = dirname(folder);
  }
  throw new Error('package.json of plumbline-unwind was not found');
}

function isPackage(folder: string): boolean {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof parsed === 'object' && parsed !== null && 'name' in parsed && parsed.name === 'plumbline-unwind';
  } catch {
    return false;
  }
}
