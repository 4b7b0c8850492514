import { PT_LOAD, UnwindError } from '../../../engine/index.ts';
import { alignUp } from '../object-layout.ts';
import { findLibrary, type LibraryFile, ownFolders } from './find-library.ts';
import { mapModule, type ProcessModule } from './process-module.ts';

/** Where libraries are put, each on a boundary of `librarySpacing` with free memory behind it. */
const firstLibrary = 0x7f00_0000_0000n;
const librarySpacing = 0x20_0000n;
/** Files of one process; far more than a distribution's programs need. */
const mostModules = 512;

/** The files of a process, the main one first, dependencies in breadth-first order, as their symbols are searched. */
export interface ProcessModules {
  readonly modules: readonly ProcessModule[];
  /** Dependencies that were not found, each with the file that names it first. */
  readonly missing: readonly { readonly name: string; readonly neededBy: string }[];
  /** First address behind the libraries. */
  readonly end: bigint;
}

/**
 * Maps a file and everything it depends on. `folders` come before the files' own ones.
 * Throws `UnwindError` where a file that was found cannot be mapped.
 */
export function loadModules(file: LibraryFile, loadBias: bigint, folders: readonly string[]): ProcessModules {
  const main = mapModule(file, loadBias);
  const modules = [main];
  const byName = new Map<string, ProcessModule | undefined>();
  const missing: { name: string; neededBy: string }[] = [];
  let end = firstLibrary;
  if (main.dynamic?.soname !== undefined) byName.set(main.dynamic.soname, main);
  for (const module of modules) {
    const places = [...folders, ...ownFolders(module.path, module.dynamic?.runPath ?? [])];
    for (const name of module.dynamic?.needed ?? []) {
      if (!byName.has(name)) {
        const found = findLibrary(name, places, file.elf.machine);
        const library = found === undefined ? undefined : mapModule(found, end);
        byName.set(name, library);
        if (library === undefined) missing.push({ name, neededBy: module.path });
        else {
          modules.push(library);
          end = behind(library, end);
        }
        if (modules.length > mostModules) {
          throw new UnwindError('unsupported', file.path, -1, `expected at most ${mostModules} libraries`);
        }
      }
      const needed = byName.get(name);
      if (needed !== undefined) module.needs.push(needed);
    }
  }
  return { modules, missing, end };
}

/** Dependencies before what depends on them; where they go round in circles, the order is that of first sight. */
export function dependenciesFirst(modules: readonly ProcessModule[]): ProcessModule[] {
  const ordered: ProcessModule[] = [];
  const seen = new Set<ProcessModule>();
  const visit = (module: ProcessModule): void => {
    if (seen.has(module)) return;
    seen.add(module);
    for (const needed of module.needs) visit(needed);
    ordered.push(module);
  };
  for (const module of modules) visit(module);
  return ordered;
}

function behind({ elf, loaded }: ProcessModule, end: bigint): bigint {
  let last = end;
  for (const { type, address, memorySize } of elf.segments) {
    const segmentEnd = address + BigInt(memorySize) + loaded.loadBias;
    if (type === PT_LOAD && segmentEnd > last) last = segmentEnd;
  }
  return alignUp(last + librarySpacing, librarySpacing);
}
