import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This package's own folder, which is above the sources and above `dist`. */
export function packageFolder(): string {
  return find().folder;
}

/** The version in this package's `package.json`. */
export function packageVersion(): string {
  return find().version;
}

function find(): { readonly folder: string; readonly version: string } {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (folder !== dirname(folder)) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      if (isPackage(parsed)) return { folder, version: parsed.version };
    } catch {
      // Not in this folder: go on above it.
    }
    folder = dirname(folder);
  }
  throw new Error('package.json of plumbline-unwind was not found');
}

function isPackage(value: unknown): value is { name: string; version: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    value.name === 'plumbline-unwind' &&
    'version' in value &&
    typeof value.version === 'string'
  );
}
