import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findInstallation } from '../../../../harness/bench/native/installation.ts';
import { provideLibraries } from '../../../../harness/bench/native/provide-library.ts';
import type { WithPackages } from '../../../../harness/package-source.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'plumbline-provide-'));

/** Packages that hold these files; notes what is downloaded. */
function packages(files: Readonly<Record<string, readonly string[]>>, downloads: string[] = []): WithPackages {
  return (_access, use) =>
    use(
      {
        // As apt does: a name that is only mentioned by others, too.
        names: (prefix) => [...Object.keys(files), 'libunwind-99-dev'].filter((name) => name.startsWith(prefix)),
        versions: (name) => (files[name] === undefined ? [] : ['1']),
        download: (name) => {
          downloads.push(name);
          return name;
        },
        unpack: (name, into) => {
          for (const file of files[name]!) {
            mkdirSync(dirname(join(into, file)), { recursive: true });
            writeFileSync(join(into, file), '');
          }
        },
      },
      newFolder(),
    );
}

const llvm = (release: number) => ({
  [`libunwind-${release}-dev`]: [`usr/lib/llvm-${release}/include/__libunwind_config.h`],
  [`libunwind-${release}`]: [`usr/lib/llvm-${release}/lib/libunwind.so.1`],
});

// With an installed one, nothing is fetched.
const installed = findInstallation('llvm-libunwind', '/', process.arch) !== undefined;

describe.skipIf(installed)('provideLibraries(), with no LLVM libunwind installed', () => {
  it('says so where packages cannot be fetched', () => {
    const provided = provideLibraries(['llvm-libunwind'], newFolder(), undefined);
    expect(provided.get('llvm-libunwind')).toEqual({
      unavailable: 'llvm-libunwind with its headers is not installed',
    });
  });

  it('unpacks the newest release of which headers and library are offered, once', () => {
    const folder = newFolder();
    const downloads: string[] = [];
    const source = packages({ ...llvm(9), ...llvm(16), 'libunwind-22-dev': [] }, downloads);
    for (let time = 0; time < 2; time++) {
      expect(provideLibraries(['llvm-libunwind'], folder, source).get('llvm-libunwind')).toMatchObject({
        library: join(folder, `llvm-libunwind-${process.arch}`, 'usr/lib/llvm-16/lib/libunwind.so.1'),
        version: '16',
      });
    }
    expect(downloads).toEqual(['libunwind-16-dev', 'libunwind-16']);
  });

  it('says what is not offered, and leaves nothing', () => {
    const folder = newFolder();
    const provide = (source: WithPackages) =>
      provideLibraries(['llvm-libunwind'], folder, source).get('llvm-libunwind');
    expect(provide(packages({}))).toEqual({
      unavailable:
        'llvm-libunwind is not installed and could not be fetched: ' +
        'no packages libunwind-N-dev and libunwind-N are offered',
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(findInstallation('elfutils', '/', process.arch) !== undefined)(
    'names each package that would do (elfutils not installed)',
    () => {
      const source = packages({ 'libdw-dev': [] });
      expect(provideLibraries(['elfutils'], newFolder(), source).get('elfutils')).toEqual({
        unavailable: 'elfutils is not installed and could not be fetched: no package libdw1t64 or libdw1 is offered',
      });
    },
  );

  it('gives the first line of why nothing could be fetched', () => {
    const offline: WithPackages = () => {
      throw new Error('apt-get failed:\nmany lines');
    };
    expect(provideLibraries(['llvm-libunwind'], newFolder(), offline).get('llvm-libunwind')).toEqual({
      unavailable: 'llvm-libunwind is not installed and could not be fetched: apt-get failed:',
    });
  });

  it('says where packages hold something else than expected', () => {
    const folder = newFolder();
    const odd = { 'libunwind-16-dev': ['usr/share/doc'], 'libunwind-16': ['usr/share/more'] };
    expect(provideLibraries(['llvm-libunwind'], folder, packages(odd)).get('llvm-libunwind')).toEqual({
      unavailable: 'llvm-libunwind was not found in its packages',
    });
    expect(existsSync(folder) && basename(folder)).toMatch(/^plumbline-provide-/);
  });
});
