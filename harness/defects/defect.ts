import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FilePatch, PatchError, parsePatch } from './patch.ts';

/** A known bug of real unwinders, or of real producers of CFI, as a change of the engine's or generators' sources. */
export interface Defect {
  /** Number of the bug; the file's name begins with it. */
  readonly number: number;
  readonly file: string;
  /** What is wrong, in a sentence. */
  readonly title: string;
  /** Projects, with the issue or change, that had it. */
  readonly seenIn: string;
  /** Scenarios made to catch it. */
  readonly caughtBy: readonly string[];
  readonly patches: readonly FilePatch[];
}

/**
 * Reads every `NUMBER-NAME.patch` of a folder, in the order of numbers: a unified diff of files in `engine/` or
 * `generators/` behind the lines `Title:`, `Seen-In:` and `Caught-By:`. Throws a `PatchError` that names the file where
 * one is malformed.
 */
export function readDefects(folder: string): Defect[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.patch'));
  if (files.length === 0) throw new PatchError(`${folder} has no *.patch`);
  return files
    .map((file) => readDefect(folder, file))
    .sort((a, b) => a.number - b.number || (a.file < b.file ? -1 : 1));
}

/** Those with the numbers `only`; without it, all. Throws a `PatchError` where there is none with such a number. */
export function chooseDefects(defects: readonly Defect[], only?: readonly number[]): readonly Defect[] {
  if (only === undefined) return defects;
  const numbers = new Set(defects.map(({ number }) => number));
  const unknown = only.find((wanted) => !numbers.has(wanted));
  if (unknown === undefined) return defects.filter(({ number }) => only.includes(number));
  throw new PatchError(`there is no defect ${unknown}; there are ${[...numbers].join(' ')}`);
}

function readDefect(folder: string, file: string): Defect {
  const text = readFileSync(join(folder, file), 'utf8');
  try {
    const number = /^(\d+)-/.exec(file)?.[1];
    if (number === undefined) throw new PatchError('expected a name that begins with the number of the bug');
    const patches = parsePatch(text);
    for (const { path } of patches) {
      if (!/^(engine|generators)\/[\w/-]+\.ts$/.test(path)) {
        throw new PatchError(`expected changes of engine/*.ts or generators/*.ts, found ${path}`);
      }
    }
    return {
      number: Number(number),
      file,
      title: field(text, 'Title'),
      seenIn: field(text, 'Seen-In'),
      caughtBy: field(text, 'Caught-By').split(/,\s*/),
      patches,
    };
  } catch (error) {
    throw error instanceof PatchError ? new PatchError(`${file}: ${error.message}`) : error;
  }
}

function field(text: string, name: string): string {
  const value = new RegExp(`^${name}: (.+)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new PatchError(`expected a line "${name}: …"`);
  return value.trim();
}
