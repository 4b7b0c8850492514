import { lstatSync, mkdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from './usage-error.ts';

/**
 * Makes sure that a file can be written, and makes the folders above it that are missing; what the file holds stays, and
 * there is none where there was none. Throws `UsageError` where it cannot be written.
 */
export function checkOutput(file: string): void {
  attempt(file, () => {
    makeFolder(dirname(resolve(file)));
    const found = lstatSync(file, { throwIfNoEntry: false });
    // Opening a pipe waits for whoever reads it.
    if (found?.isFIFO() !== true) writeFileSync(file, '', { flag: 'a' });
    if (found === undefined) unlinkSync(file);
  });
}

/** Writes a file. Throws `UsageError` where that cannot be. */
export function writeOutput(file: string, content: string | Uint8Array): void {
  attempt(file, () => writeFileSync(file, content));
}

/** Creates a folder, and those above it that are missing. Throws `UsageError` where that cannot be. */
export function createOutputFolder(folder: string): void {
  attempt(folder, () => makeFolder(resolve(folder)));
}

function attempt(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${error instanceof Error ? error.message : error}`);
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
