import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../../harness/libraries/main.ts';
import type { WithPackages } from '../../../harness/package-source.ts';

const unreachable: WithPackages = () => {
  throw new Error('nothing is to be fetched');
};

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('npm run libraries', () => {
  it('names the libraries there are for a name that is not among them', () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue();
    expect(main(['libNothing'], unreachable)).toBe(2);
    expect(printed.mock.calls.join('\n')).toMatch(
      /there is no libNothing; there are .*libLLVM-14.*groups bench compact/,
    );
  });

  it('fetches a group by its name, and without any name what benchmarks read', () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue();
    const none: WithPackages = (access, use) =>
      use({ names: () => [], versions: () => [], download: () => '', unpack: () => {} }, access.folder);
    vi.stubEnv('XDG_CACHE_HOME', mkdtempSync(join(tmpdir(), 'plumbline-libraries-')));
    const namesTried = () => printed.mock.calls.flat().map((line) => /^✗ (\S+):/.exec(String(line))?.[1]);
    expect(main(['archives'], none)).toBe(1);
    expect(namesTried()).toEqual(['LLVM-14-archives', 'libstdc++-archives']);
    printed.mockClear();
    expect(main([], none)).toBe(1);
    expect(namesTried()).toEqual(['libLLVM-14', 'libLLVM-19']);
  });

  it('fails with a reason where there are no Debian packages', () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue();
    expect(main([], undefined)).toBe(1);
    expect(printed.mock.calls.join('\n')).toMatch(/apt-get and dpkg/);
  });
});
