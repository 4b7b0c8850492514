import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findInstallation, type LibraryKind } from '../../../../harness/bench/native/installation.ts';

/** A folder with these files, all empty. */
function rootWith(...files: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'plumbline-installation-'));
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
  return root;
}

/** Folder of the headers, library, and version of what is found, the root taken off. */
function find(kind: LibraryKind, root: string, machine = 'x64'): string[] | undefined {
  const found = findInstallation(kind, root, machine);
  return found && [...found.includeFolders, found.library].map((path) => path.slice(root.length)).concat(found.version);
}

const nongnu = ['usr/include/x86_64-linux-gnu/libunwind-common.h', 'usr/lib/x86_64-linux-gnu/libunwind.so.8'];
const llvm14 = ['usr/include/libunwind/__libunwind_config.h', 'usr/lib/llvm-14/lib/libunwind.so.1'];
const llvm9 = ['usr/lib/llvm-9/include/__libunwind_config.h', 'usr/lib/llvm-9/lib/libunwind.so.1'];
const llvm19 = ['usr/lib/llvm-19/include/__libunwind_config.h', 'usr/lib/llvm-19/lib/libunwind.so.1'];

describe('findInstallation()', () => {
  it('tells the two libunwinds apart', () => {
    const root = rootWith(...nongnu, ...llvm14);
    expect(find('nongnu-libunwind', root)).toEqual([
      '/usr/include/x86_64-linux-gnu',
      '/usr/lib/x86_64-linux-gnu/libunwind.so.8',
      '',
    ]);
    expect(find('llvm-libunwind', root)).toEqual([
      '/usr/include/libunwind',
      '/usr/lib/llvm-14/lib/libunwind.so.1',
      '14',
    ]);
    expect(find('llvm-libunwind', rootWith(...nongnu))).toBeUndefined();
    expect(find('nongnu-libunwind', rootWith(...llvm14))).toBeUndefined();
  });

  it('takes the newest LLVM release that has both header and library', () => {
    const root = rootWith(...llvm9, ...llvm19, 'usr/lib/llvm-20/lib/libunwind.so.1');
    expect(find('llvm-libunwind', root)?.at(-1)).toBe('19');
    expect(find('llvm-libunwind', rootWith('usr/lib/llvm-20/lib/libunwind.so.1'))).toBeUndefined();
  });

  it('finds libraries of systems without multiarch folders', () => {
    const root = rootWith('usr/include/elfutils/libdwfl.h', 'usr/lib64/libdw.so.1');
    expect(find('elfutils', root)).toEqual(['/usr/include', '/usr/lib64/libdw.so.1', '']);
  });

  it('does not take the library of another machine', () => {
    expect(find('nongnu-libunwind', rootWith(...nongnu), 'arm64')).toBeUndefined();
  });
});
