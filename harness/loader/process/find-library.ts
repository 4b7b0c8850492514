import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ElfFile, PT_LOAD, readElf, UnwindError } from '../../../engine/index.ts';
import { DynamicSection } from '../dynamic/dynamic-section.ts';
import { mapRegions } from '../pages.ts';

/** An ELF file as read from disk. */
export interface LibraryFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly elf: ElfFile;
}

/**
 * Finds a library by the name others depend on it by: a file of that name in one of the folders or, as libraries are
 * called after their whole version, one whose name begins with it and whose `DT_SONAME` it is. Files for another
 * architecture than `machine` (`EM_*`) are passed over. Undefined where there is none.
 */
export function findLibrary(name: string, folders: readonly string[], machine: number): LibraryFile | undefined {
  for (const folder of folders) {
    const found = readLibrary(join(folder, name), machine) ?? bySoname(name, folder, machine);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where a file's dependencies are looked for: its `DT_RUNPATH` (`$ORIGIN` is its own folder), then its own folder. */
export function ownFolders(path: string, runPath: readonly string[]): string[] {
  const origin = dirname(path);
  return [...runPath.map((folder) => folder.replaceAll(/\$\{ORIGIN\}|\$ORIGIN\b/g, origin)), origin];
}

function bySoname(name: string, folder: string, machine: number): LibraryFile | undefined {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch {
    return undefined;
  }
  for (const candidate of names) {
    if (!candidate.startsWith(`${name}.`)) continue;
    const file = readLibrary(join(folder, candidate), machine);
    if (file !== undefined && sonameOf(file) === name) return file;
  }
  return undefined;
}

/** Undefined where there is no such file or it is no library for the machine, such as a linker script. */
function readLibrary(path: string, machine: number): LibraryFile | undefined {
  if (!(statSync(path, { throwIfNoEntry: false })?.isFile() ?? false)) return undefined;
  const bytes = Uint8Array.from(readFileSync(path));
  try {
    const elf = readElf(bytes);
    return elf.machine === machine ? { path, bytes, elf } : undefined;
  } catch (error) {
    if (error instanceof UnwindError) return undefined;
    throw error;
  }
}

/** The name is in a loaded segment that nothing has been relocated in yet. */
function sonameOf({ elf, path }: LibraryFile): string | undefined {
  const regions = elf.segments
    .filter(({ type }) => type === PT_LOAD)
    .map(({ address, memorySize, bytes }) => ({
      address,
      size: memorySize,
      bytes,
      readable: true,
      writable: false,
      executable: false,
    }));
  try {
    return DynamicSection.of(elf, mapRegions(regions, path), 0n, path)?.soname;
  } catch (error) {
    if (error instanceof UnwindError) return undefined;
    throw error;
  }
}
