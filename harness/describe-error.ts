import { basename, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFolder } from './package-folder.ts';

/** Folders of the package whose code does not belong to its users. */
const own = ['dist', 'engine', 'generators', 'harness', 'node_modules', 'reports'].map(
  (name) => join(packageFolder(), name) + sep,
);

/** `at f (file:///a/b.mjs:1:2)` or `at /a/b.cjs:1:2`. */
const framePattern = /^ *at (?:.*? \()?((?:file:\/\/)?\/.*?)(:\d+:\d+)\)?$/gm;

/**
 * An exception in one line, with the place in its user's code that threw it or through which it came; the same wherever
 * that code and the package are installed.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = placeOf(error.stack ?? '');
  return `${error.name}: ${error.message}${place === undefined ? '' : ` (${place})`}`;
}

/** The first file of a stack that is neither the package's nor Node's, as FILE:LINE:COLUMN. */
function placeOf(stack: string): string | undefined {
  for (const [, file, where] of stack.matchAll(framePattern)) {
    const path = file!.startsWith('file:') ? fileURLToPath(file!) : file!;
    if (!own.some((folder) => path.startsWith(folder))) return `${basename(path)}${where}`;
  }
  return undefined;
}
