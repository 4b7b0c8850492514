import { basename, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFolder } from './package-folder.ts';

/** Folders of the package whose code does not belong to its users. */
const own = ['dist', 'engine', 'generators', 'harness', 'reports'].map((name) => join(packageFolder(), name) + sep);

/** `at f (file:///a/b.mjs:1:2)` or `at /a/b.cjs:1:2`. */
const framePattern = /^ *at (?:[^()\n]* \()?((?:file:\/\/)?\/[^\n]*?)(:\d+:\d+)\)?$/gm;
/** Characters of a stack that are searched. */
const searched = 4096;

/**
 * An exception in one line, with the place in its user's code that threw it or through which it came; the same wherever
 * that code and the package are installed. Takes whatever can be thrown, and never throws itself.
 */
export function describeError(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error);
    const text = `${error.name}: ${error.message}`;
    const place = placeOf(error);
    return `${text}${place === undefined ? '' : ` (${place})`}`.replace(/\s*\n\s*/g, ' ');
  } catch {
    return 'something was thrown that cannot be told';
  }
}

/** The first file of its stack that is neither the package's, a library's nor Node's, as FILE:LINE:COLUMN. */
function placeOf(error: Error): string | undefined {
  const { stack } = error;
  // Where a stack overflows depends on how much of the code is compiled by then.
  if (typeof stack !== 'string' || error.message === 'Maximum call stack size exceeded') return undefined;
  // The message may be of several lines, and speak of places, too.
  const from = stack.indexOf(error.message);
  const frames = from < 0 ? stack : stack.slice(from + error.message.length);
  for (const [, file, where] of frames.slice(0, searched).matchAll(framePattern)) {
    const path = pathOf(file!);
    if (path === undefined || path.includes(`${sep}node_modules${sep}`)) continue;
    if (!own.some((folder) => path.startsWith(folder))) return `${basename(path)}${where}`;
  }
  return undefined;
}

function pathOf(file: string): string | undefined {
  if (!file.startsWith('file:')) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return undefined;
  }
}
