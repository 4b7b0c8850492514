import { afterEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../../harness/libraries/main.ts';
import type { WithPackages } from '../../../harness/package-source.ts';

const unreachable: WithPackages = () => {
  throw new Error('nothing is to be fetched');
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe('npm run libraries', () => {
  it('names the libraries there are for a name that is not among them', () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue();
    expect(main(['libNothing'], unreachable)).toBe(2);
    expect(printed.mock.calls.join('\n')).toMatch(/there is no libNothing; there are .*libLLVM-14/);
  });

  it('fails with a reason where there are no Debian packages', () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue();
    expect(main([], undefined)).toBe(1);
    expect(printed.mock.calls.join('\n')).toMatch(/apt-get and dpkg/);
  });
});
