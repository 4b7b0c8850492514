import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { libraryPath, pinnedLibraries } from '../../../harness/libraries/index.ts';
import { libraryTarget } from '../../../harness/libraries/library-path.ts';

describe('libraryPath()', () => {
  it('is undefined until the library of the pinned version is there', () => {
    const environment = { XDG_CACHE_HOME: mkdtempSync(join(tmpdir(), 'plumbline-library-path-')) };
    const library = pinnedLibraries().find(({ name }) => name === 'libLLVM-14')!;
    const target = libraryTarget({ ...library, version: '1:0' }, environment);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, '');
    expect(libraryPath('libLLVM-14', environment)).toBeUndefined();

    const pinned = libraryTarget(library, environment);
    mkdirSync(dirname(pinned), { recursive: true });
    writeFileSync(pinned, '');
    expect(libraryPath('libLLVM-14', environment)).toBe(pinned);
  });

  it('is undefined for a name that is not in the list', () => {
    expect(libraryPath('libNothing')).toBeUndefined();
  });
});

describe('libraries.json', () => {
  it('pins each library once, at a path inside its package', () => {
    const libraries = pinnedLibraries();
    expect(new Set(libraries.map(({ name }) => name)).size).toBe(libraries.length);
    expect(libraries.map(({ name }) => name)).toEqual(expect.arrayContaining(['libLLVM-14', 'libLLVM-19']));
    expect(libraries.filter(({ path }) => isAbsolute(path) || path.split('/').includes('..'))).toEqual([]);
  });
});
