import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { cacheFolder } from '../../../harness/setup/cache-folder.js';
import { findUnicorn } from '../../../harness/setup/find-unicorn.js';
import { libraryProblem } from '../../../harness/setup/library-file.js';
import { provideUnicorn, unicornVariable } from '../../../harness/setup/unicorn.js';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-setup-'));
const onLinux = process.platform === 'linux';

describe('provideUnicorn()', () => {
  it('takes the path of the environment before anything else', () => {
    const copy = join(folder, 'copy.so');
    copyFileSync(process.execPath, copy);
    expect(provideUnicorn({ [unicornVariable]: copy })).toBe(copy);
  });

  it('refuses a path of the environment that does not exist, without looking elsewhere', () => {
    expect(() => provideUnicorn({ [unicornVariable]: '/no/such/file' })).toThrow(
      'PLUMBLINE_UNICORN=/no/such/file: the file does not exist.',
    );
  });

  it.runIf(onLinux)('refuses a path of the environment that is no library', () => {
    const text = join(folder, 'text');
    writeFileSync(text, 'a text that is longer than an ELF header begins');
    expect(() => provideUnicorn({ [unicornVariable]: text })).toThrow(/the file is not an ELF file/);
    expect(() => provideUnicorn({ [unicornVariable]: folder })).toThrow(/the file is not a file|is not a file/);
  });
});

describe('findUnicorn()', () => {
  const empty = mkdtempSync(join(tmpdir(), 'plumbline-cache-'));
  const system = findUnicorn({ XDG_CACHE_HOME: empty });

  it('takes the library that was fetched before where the system has none', () => {
    const cache = mkdtempSync(join(tmpdir(), 'plumbline-cache-'));
    const cached = join(cache, 'plumbline', `debian-${process.arch}`, 'libunicorn.so.2');
    mkdirSync(dirname(cached), { recursive: true });
    copyFileSync(process.execPath, cached);
    expect(findUnicorn({ XDG_CACHE_HOME: cache })).toBe(system ?? cached);
    expect(findUnicorn({ XDG_CACHE_HOME: cache, [unicornVariable]: '' })).toBe(system ?? cached);
    expect(provideUnicorn({ XDG_CACHE_HOME: cache })).toBe(system ?? cached);
  });

  it('is what a library user gets: without any, the error says how to have it fetched', async (ctx) => {
    if (system !== undefined) ctx.skip('the system has libunicorn');
    vi.stubEnv(unicornVariable, undefined);
    vi.stubEnv('XDG_CACHE_HOME', empty);
    const advice = 'run `npx plumbline run --quick` once, it fetches it, or set PLUMBLINE_UNICORN to its path';
    // Another test may have loaded the library in this process.
    vi.resetModules();
    const { unicornFactory } = await import('../../../harness/emulator/unicorn.ts');
    expect(() => unicornFactory()).toThrow(advice);
    vi.unstubAllEnvs();
  });
});

describe('libraryProblem()', () => {
  it.runIf(onLinux)('tells a library of another machine', () => {
    const bytes = readFileSync(process.execPath).subarray(0, 64);
    bytes.writeUInt16LE(8, 18); // EM_MIPS
    const mips = join(folder, 'mips.so');
    writeFileSync(mips, bytes);
    expect(libraryProblem(mips)).toMatch(/^is for another machine/);
    expect(libraryProblem(process.execPath)).toBeUndefined();
  });

  it.runIf(onLinux)('tells an empty file', () => {
    const empty = join(folder, 'empty.so');
    writeFileSync(empty, '');
    expect(libraryProblem(empty)).toBe('is not an ELF file');
  });
});

describe('cacheFolder()', () => {
  it('is below XDG_CACHE_HOME, which must be absolute', () => {
    mkdirSync(join(folder, 'cache'), { recursive: true });
    expect(cacheFolder({ XDG_CACHE_HOME: join(folder, 'cache') })).toBe(join(folder, 'cache', 'plumbline'));
    expect(cacheFolder({ XDG_CACHE_HOME: 'relative' })).toBe(join(homedir(), '.cache', 'plumbline'));
    expect(cacheFolder({})).toBe(join(homedir(), '.cache', 'plumbline'));
  });
});
