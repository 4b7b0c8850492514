import { describe, expect, it } from 'vitest';
import { architectures, data, makeCalls, text, words } from './program.ts';

const [EFAULT, EINVAL, EBADF, ENOTTY, ESPIPE, ENOENT] = [-14n, -22n, -9n, -25n, -29n, -2n];
const nowhere = 0x10000;
const AT_FDCWD = -100;

describe.each(architectures)('standard streams on %s', (architecture) => {
  it('have what is written to them, and input until its end', () => {
    const { results, stdout, stderr } = makeCalls(
      architecture,
      [
        ['read', 0, data, 3],
        ['read', 0, data + 3n, 100],
        ['read', 0, data, 100],
        ['write', 1, data, 5],
        ['write', 2, data, 2],
        ['write', 1, data + 5n, 0],
      ],
      { input: 'hello' },
    );
    expect(results).toEqual([3n, 2n, 0n, 5n, 2n, 0n]);
    expect([stdout, stderr]).toEqual(['hello', 'he']);
  });

  it('take and give several pieces at once', () => {
    const pieces = words(data + 0x200n, 3, data + 0x300n, 0, data + 0x400n, 4);
    const { results, stdout } = makeCalls(
      architecture,
      [
        ['readv', 0, data, 3],
        ['writev', 1, data, 3],
        ['writev', 1, data, -1],
        ['writev', 1, nowhere, 1],
      ],
      { input: 'abcdefghij', data: { 0: pieces } },
    );
    expect(results).toEqual([7n, 7n, EINVAL, EFAULT]);
    expect(stdout).toBe('abcdefg');
  });

  it('fail where the program may not read or write, and nothing is lost', () => {
    const { results, stdout } = makeCalls(
      architecture,
      [
        ['write', 1, nowhere, 4],
        ['write', 1, -8, 16],
        ['write', 7, data, 4],
        ['write', 0, data, 4],
        ['read', 1, data, 4],
        ['read', 0, { label: '_start' }, 4],
        ['read', 0, data, 4],
        ['write', 1, data, 4],
      ],
      { input: 'kept' },
    );
    expect(results).toEqual([EFAULT, EFAULT, EBADF, EBADF, EBADF, EFAULT, 4n, 4n]);
    expect(stdout).toBe('kept');
  });

  it('are pipes: no place in them, no terminal', () => {
    const { results, bytes } = makeCalls(architecture, [
      ['lseek', 1, 0, 0],
      ['lseek', 5, 0, 0],
      ['ioctl', 0, 0x5401, data],
      ['ioctl', 5, 0x5401, data],
      ['fstat', 1, data],
      ['fstat', 9, data],
      ['fstat', 1, nowhere],
      ['fcntl', 1, 3],
      ['fcntl', 0, 1],
      ['fcntl', 9, 1],
      ['sendfile', 1, 0, 0, 10],
    ]);
    expect(results).toEqual([ESPIPE, EBADF, ENOTTY, EBADF, 0n, EBADF, EFAULT, 1n, 0n, EBADF, EINVAL]);
    const mode = new DataView(bytes(0, 144).slice().buffer).getUint32(architecture === 'x86-64' ? 24 : 16, true);
    expect(mode & 0o170000).toBe(0o010000);
  });

  it('can be closed, once', () => {
    const { results } = makeCalls(architecture, [
      ['close', 1],
      ['close', 1],
      ['write', 1, data, 1],
    ]);
    expect(results).toEqual([0n, EBADF, EBADF]);
  });

  it('are always ready', () => {
    const [POLLIN, POLLOUT, POLLNVAL] = [1, 4, 32];
    const entry = (descriptor: number, events: number): number[] => [descriptor, events];
    const entries = Int32Array.from([...entry(0, POLLIN), ...entry(1, POLLIN | POLLOUT), ...entry(8, POLLIN)]);
    const name = architecture === 'x86-64' ? 'poll' : 'ppoll';
    const { results, bytes, outcome } = makeCalls(
      architecture,
      [
        [name, data, 3, 0],
        [name, nowhere, 3, 0],
        [name, data, 0, 0],
      ],
      { data: { 0: new Uint8Array(entries.buffer) } },
    );
    expect(results.slice(0, 2)).toEqual([3n, EFAULT]);
    const view = new DataView(bytes(0, 24).slice().buffer);
    expect([0, 1, 2].map((i) => view.getInt16(8 * i + 6, true))).toEqual([POLLIN, POLLOUT, POLLNVAL]);
    expect(outcome.detail).toMatch(/p?poll\(.*: waiting for what never happens$/);
  });
});

describe.each(architectures)('files on %s', (architecture) => {
  it('are not there', () => {
    const path = { 0: text('/etc/passwd\0') };
    const { results, bytes } = makeCalls(
      architecture,
      [
        ['openat', AT_FDCWD, data, 0],
        ['openat', AT_FDCWD, nowhere, 0],
        ['readlinkat', AT_FDCWD, data, data, 10],
        ['faccessat', AT_FDCWD, data, 0],
        ['newfstatat', AT_FDCWD, data, data, 0],
        ['newfstatat', 1, data + 11n, data + 0x100n, 0x1000],
        ['statx', AT_FDCWD, data, 0, 0, data],
        ['getcwd', data + 0x200n, 10],
        ['getcwd', data + 0x200n, 1],
      ],
      { data: path },
    );
    expect(results).toEqual([ENOENT, EFAULT, ENOENT, ENOENT, ENOENT, 0n, ENOENT, 2n, -34n]);
    expect(bytes(0x200, 2)).toEqual(text('/\0'));
  });
});
