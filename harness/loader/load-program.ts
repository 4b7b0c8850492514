import { UnwindError } from '../../engine/index.ts';
import type { Library, Program } from '../../generators/program.ts';
import type { LoadedImage } from './image.ts';
import { loadImage } from './load-image.ts';
import { mergeImages } from './merge-images.ts';

/** What a program consists of from the first arrival at an address on. */
export interface ProgramPhase {
  /** Undefined for the first phase, which a run begins with. */
  readonly at: bigint | undefined;
  readonly image: LoadedImage;
  /** Names of the libraries that are there. */
  readonly libraries: ReadonlySet<string>;
}

/**
 * Loads a program with its libraries: what it consists of before its first exchange and after each of them. What stays in
 * memory is the same object in all of them. Throws `UnwindError` where a file cannot be loaded, two of them need the same
 * memory, or an exchange names a library that is not where it should be.
 */
export function loadProgram({ name, image, loadBias, libraries = [], exchanges = [] }: Program): ProgramPhase[] {
  const main = loadImage(image, { name, loadBias });
  const files = new Map(libraries.map((library) => [library.name, loadLibrary(library, name)]));
  const late = new Set(exchanges.map(({ load }) => load));
  let present = libraries.filter((library) => !late.has(library.name)).map((library) => library.name);
  const phaseFrom = (at: bigint | undefined): ProgramPhase => ({
    at,
    image: mergeImages(name, [main, ...present.map((library) => files.get(library)!)]),
    libraries: new Set(present),
  });
  const phases = [phaseFrom(undefined)];
  for (const { at, unload, load } of exchanges) {
    if (!present.includes(unload) || !files.has(load) || present.includes(load)) {
      throw new UnwindError(
        'invalid',
        name,
        -1,
        `expected an exchange of a library by another, not ${unload} by ${load}`,
      );
    }
    present = present.map((library) => (library === unload ? load : library));
    phases.push(phaseFrom(at));
  }
  return phases;
}

function loadLibrary({ name, image, loadBias }: Library, program: string): LoadedImage {
  return loadImage(image, { name: `${program} ${name}`, loadBias });
}
