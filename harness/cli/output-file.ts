import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from './usage-error.ts';

/** Creates an empty file, and the folders above it that are missing. Throws `UsageError` where that cannot be. */
export function createOutput(file: string): void {
  try {
    makeFolder(dirname(resolve(file)));
    writeFileSync(file, '');
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Creates a folder, and those above it that are missing. Throws `UsageError` where that cannot be. */
export function createOutputFolder(folder: string): void {
  try {
    makeFolder(resolve(folder));
  } catch (error) {
    throw new UsageError(`cannot write ${folder}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Folder by folder: the recursive `mkdir` of Node.js never returns where the kernel answers ENOENT, as in /proc. */
function makeFolder(folder: string): void {
  const missing: string[] = [];
  let existing = folder;
  while (statSync(existing, { throwIfNoEntry: false }) === undefined) {
    missing.push(existing);
    existing = dirname(existing);
  }
  for (const one of missing.reverse()) mkdirSync(one);
}
