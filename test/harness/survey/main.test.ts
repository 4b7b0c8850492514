import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { libraryPath } from '../../../harness/libraries/index.ts';
import { main } from '../../../harness/survey/main.ts';
import { root } from '../../commands/plumbline.ts';

const temporaryFolder = () => mkdtempSync(join(tmpdir(), 'plumbline-survey-'));

const fetched = () => Promise.resolve(0);
const unreachable = () => Promise.reject(new Error('nothing is to be fetched'));

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('npm run survey', () => {
  it('names the libraries there are for a name that is not among them', async () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue();
    expect(await main(['busybox'], root, unreachable)).toBe(2);
    expect(printed.mock.calls.join('\n')).toMatch(/there is no busybox; there are libc libc-aarch64 libm .*libgmp-/);
  });

  it('fails where a library was not fetched, and names it', async () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue();
    vi.stubEnv('XDG_CACHE_HOME', temporaryFolder());
    expect(await main(['zlib', '--out', temporaryFolder()], root, fetched)).toBe(1);
    expect(printed.mock.calls.join('\n')).toBe('✗ zlib is not there: npm run libraries exec fetches it');
  });

  it.skipIf(libraryPath('zlib') === undefined || libraryPath('libc') === undefined)(
    'does not take an old record for a new one (needs `npm run libraries exec`)',
    async () => {
      const printed = vi.spyOn(console, 'error').mockReturnValue();
      const out = temporaryFolder();
      mkdirSync(join(out, 'zlib'));
      writeFileSync(join(out, 'zlib', 'record.jsonl'), 'old');
      vi.stubEnv('PLUMBLINE_UNICORN', join(out, 'missing.so'));
      expect(await main(['zlib', '--out', out], root, fetched)).toBe(1);
      expect(printed.mock.calls.join('\n')).toBe('✗ zlib: exec ended with 1 and without a record');
    },
  );

  it.skipIf(libraryPath('zlib') === undefined || libraryPath('libc') === undefined)(
    'calls every function of a library (needs `npm run libraries exec`)',
    async () => {
      vi.spyOn(console, 'error').mockReturnValue();
      const printed = vi.spyOn(console, 'log').mockReturnValue();
      expect(await main(['zlib', '--out', temporaryFolder()], root, fetched)).toBe(0);
      expect(printed.mock.calls.join('\n')).toMatch(/^zlib +8\d +\d+,\d{3} [\s\S]*^PASS /m);
    },
  );
});
