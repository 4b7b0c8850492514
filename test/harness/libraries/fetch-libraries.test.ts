import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchLibraries, type LibraryOutcome } from '../../../harness/libraries/fetch-libraries.ts';
import { libraryTarget } from '../../../harness/libraries/library-path.ts';
import type { PinnedLibrary } from '../../../harness/libraries/pinned-library.ts';
import type { PackageAccess, WithPackages } from '../../../harness/package-source.ts';

const archiveText = 'the archive';

const library: PinnedLibrary = {
  name: 'libBig-1',
  package: 'libbig1',
  version: '1:1.2~deb1',
  architecture: 'amd64',
  sha256: createHash('sha256').update(archiveText).digest('hex'),
  path: 'usr/lib/libBig.so.1',
  groups: ['bench'],
};

let folder: string;
let environment: NodeJS.ProcessEnv;
let accesses: PackageAccess[];
let downloads: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-libraries-'));
  environment = { XDG_CACHE_HOME: folder };
  accesses = [];
  downloads = [];
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Packages of which one version is offered; every archive holds the same files. */
function offering(versions: Readonly<Record<string, string>>, text = archiveText): WithPackages {
  return (access, use) => {
    accesses.push(access);
    const temporary = mkdtempSync(join(folder, 'temporary-'));
    const source = {
      names: () => Object.keys(versions),
      versions: (name: string) => (versions[name] === undefined ? [] : [versions[name]]),
      download: (specification: string) => {
        downloads.push(specification);
        const archive = join(temporary, 'archive.deb');
        writeFileSync(archive, text);
        return archive;
      },
      unpack: (_archive: string, into: string) => {
        const file = join(into, library.path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, 'the library');
        symlinkSync('libBig.so.1', join(into, 'usr/lib/libBig.so'));
        for (const name of ['one.a', 'two.a']) writeFileSync(join(into, 'usr/lib', name), name);
        symlinkSync('one.a', join(into, 'usr/lib/three.a'));
      },
    };
    try {
      return use(source, temporary);
    } finally {
      rmSync(temporary, { recursive: true });
    }
  };
}

function fetch(libraries: readonly PinnedLibrary[], packages: WithPackages): LibraryOutcome[] {
  const outcomes: LibraryOutcome[] = [];
  fetchLibraries(libraries, packages, environment, (outcome) => outcomes.push(outcome));
  return outcomes;
}

const problemOf = (outcome: LibraryOutcome | undefined) =>
  outcome !== undefined && 'problem' in outcome ? outcome.problem : undefined;

describe('fetchLibraries()', () => {
  it('downloads exactly the pinned version and keeps only the library', () => {
    const path = libraryTarget(library, environment);
    expect(path).toBe(join(folder, 'plumbline/libraries/libbig1_1%3a1.2~deb1_amd64/libBig.so.1'));
    expect(fetch([library], offering({ libbig1: library.version }))).toEqual([
      { name: 'libBig-1', path, fetched: true },
    ]);
    expect(downloads).toEqual(['libbig1=1:1.2~deb1']);
    expect(readFileSync(path, 'utf8')).toBe('the library');
    expect(readdirSync(dirname(path))).toEqual(['libBig.so.1']);
  });

  it('does not ask for packages where the library is there', () => {
    fetch([library], offering({ libbig1: library.version }));
    const outcomes = fetch([library], offering({}));
    expect(outcomes).toEqual([{ name: 'libBig-1', path: libraryTarget(library, environment), fetched: false }]);
    expect(accesses).toHaveLength(1);
  });

  it('refuses an archive with another digest, and leaves nothing behind', () => {
    const [outcome] = fetch([library], offering({ libbig1: library.version }, 'another archive'));
    const found = createHash('sha256').update('another archive').digest('hex');
    expect(problemOf(outcome)).toBe(
      `libbig1 1:1.2~deb1 (amd64): the downloaded archive has sha256 ${found}, ${library.sha256} is pinned`,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says which versions are offered where the pinned one is not, and goes on with the next library', () => {
    const gone = { ...library, name: 'libGone-1', package: 'libgone1' };
    const unknown = { ...library, name: 'libUnknown-1', package: 'libunknown1' };
    const outcomes = fetch([gone, unknown, library], offering({ libgone1: '1:1.3', libbig1: library.version }));
    expect(problemOf(outcomes[0])).toMatch(
      /^libgone1 1:1\.2~deb1 \(amd64\) is not, or no longer, offered .*: they offer 1:1\.3\. The version is pinned/,
    );
    expect(problemOf(outcomes[1])).toMatch(/they offer no package of this name/);
    expect(outcomes[2]).toMatchObject({ name: 'libBig-1', fetched: true });
    expect(downloads).toEqual(['libbig1=1:1.2~deb1']);
  });

  it('takes no symbolic link for the library', () => {
    const [outcome] = fetch([{ ...library, path: 'usr/lib/libBig.so' }], offering({ libbig1: library.version }));
    expect(problemOf(outcome)).toBe('libbig1 1:1.2~deb1 (amd64) holds no file usr/lib/libBig.so');
  });

  it('keeps all files of an ending in a folder, without links', () => {
    const [outcome] = fetch([{ ...library, path: 'usr/lib/*.a' }], offering({ libbig1: library.version }));
    const path = join(folder, 'plumbline/libraries/libbig1_1%3a1.2~deb1_amd64/lib');
    expect(outcome).toEqual({ name: 'libBig-1', path, fetched: true });
    expect(readdirSync(path)).toEqual(['one.a', 'two.a']);
    const [none] = fetch([{ ...library, name: 'no', path: 'usr/no/*.a' }], offering({ libbig1: library.version }));
    expect(problemOf(none)).toBe('libbig1 1:1.2~deb1 (amd64) holds no file usr/no/*.a');
  });

  it('asks once for each architecture', () => {
    const others = [library, { ...library, name: 'a', architecture: 'arm64' as const, package: 'a1' }];
    fetch(others, offering({ libbig1: library.version, a1: library.version }));
    expect(accesses.map(({ architecture }) => architecture)).toEqual(['amd64', 'arm64']);
  });
});
