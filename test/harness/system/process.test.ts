import { describe, expect, it } from 'vitest';
import { architectures, data, makeCalls, words } from './program.ts';

const [EFAULT, EINVAL, EPERM, ENOSYS, EAGAIN] = [-14n, -22n, -1n, -38n, -11n];
const nowhere = 0x10000;
const second = 1_000_000_000n;

describe.each(architectures)('a process on %s', (architecture) => {
  it('knows who it is', () => {
    const { results, bytes } = makeCalls(architecture, [
      ['getpid'],
      ['gettid'],
      ['getuid'],
      ['geteuid'],
      ['getgid'],
      ['getegid'],
      ['getppid'],
      ['set_tid_address', data],
      ['set_robust_list', data, 24],
      ['rseq', data, 32, 0, 0],
      ['setuid', 1000],
      ['setgid', 0],
      ['uname', data],
      ['uname', nowhere],
      ['sched_getaffinity', 0, 8, data + 0x200n],
      ['sched_yield'],
      ['umask', 0],
      ['prctl', 15, data],
    ]);
    expect(results.slice(0, 12)).toEqual([1000n, 1000n, 1000n, 1000n, 1000n, 1000n, 1n, 1000n, 0n, ENOSYS, 0n, EPERM]);
    expect(results.slice(12)).toEqual([0n, EFAULT, 8n, 0n, 0o22n, 0n]);
    const machine = new TextDecoder().decode(bytes(4 * 65, 10)).replace(/\0.*/, '');
    expect(machine).toBe(architecture === 'x86-64' ? 'x86_64' : 'aarch64');
  });

  it('has limits and cannot change them', () => {
    const { results, bytes } = makeCalls(architecture, [
      ['prlimit64', 0, 3, 0, data],
      ['prlimit64', 0, 3, data, 0],
      ['prlimit64', 0, 99, 0, data],
      ['prlimit64', 0, 3, 0, nowhere],
    ]);
    expect(results).toEqual([0n, EPERM, EINVAL, EFAULT]);
    expect(bytes(0, 16)).toEqual(words(0x10000, 0x10000));
  });

  it('ends with the low 8 bits of its status, and at once', () => {
    const { outcome, results } = makeCalls(architecture, [['exit', 0x1ff], ['getpid']]);
    expect(outcome).toMatchObject({ outcome: 'finished', exitStatus: 0xffn });
    expect(results).toEqual([0n, 0n]);
  });

  it('gets random numbers from the seed', () => {
    const bytesOf = (seed: string) => makeCalls(architecture, [['getrandom', data, 64, 0]], { seed }).bytes(0, 64);
    expect(bytesOf('1')).toEqual(bytesOf('1'));
    expect(bytesOf('1')).not.toEqual(bytesOf('2'));
    expect(new Set(bytesOf('1')).size).toBeGreaterThan(30);
    expect(makeCalls(architecture, [['getrandom', nowhere, 8, 0]]).results).toEqual([EFAULT]);
  });

  it('sees time pass, by reading clocks and by sleeping, the same in every run', () => {
    const calls = [
      ['clock_gettime', 0, data],
      ['nanosleep', data + 0x100n, 0],
      ['clock_gettime', 1, data + 0x10n],
      ['gettimeofday', data + 0x20n, 0],
      ['clock_nanosleep', 1, 0, data + 0x100n, 0],
      ['clock_gettime', 99, data],
      ['clock_gettime', 0, nowhere],
      ['clock_getres', 0, data + 0x40n],
      ['nanosleep', data + 0x110n, 0],
    ] as const;
    const content = { 256: words(5, 7), 272: words(0, second) };
    const run = (seed: string, earlier = 0) => makeCalls(architecture, calls, { data: content, seed, earlier });
    const { results, bytes } = run('1');
    expect(results).toEqual([0n, 0n, 0n, 0n, 0n, EINVAL, EFAULT, 0n, EINVAL]);
    const at = (offset: number) => new BigUint64Array(bytes(offset, 16).slice().buffer) as unknown as [bigint, bigint];
    const time = ([seconds, nanoseconds]: [bigint, bigint]) => seconds * second + nanoseconds;
    const passed = time(at(0x10)) - time(at(0));
    expect(passed).toBeGreaterThan(5n * second + 6n);
    expect(passed).toBeLessThan(6n * second);
    expect(at(0x20)[0]).toBe(at(0x10)[0]);
    expect(run('1', 2).bytes(0, 0x30)).toEqual(bytes(0, 0x30));
    expect(run('2').bytes(0, 16)).not.toEqual(bytes(0, 16));
  });

  it('has no other thread to wake or to wait for', () => {
    const { results, outcome } = makeCalls(architecture, [
      ['futex', data, 0x81, 1],
      ['futex', data, 0x80, 5],
      ['futex', nowhere, 0, 5],
      ['futex', data, 99, 5],
      ['futex', data, 0, 0],
    ]);
    expect(results.slice(0, 4)).toEqual([0n, EAGAIN, EFAULT, ENOSYS]);
    expect(outcome.detail).toMatch(/futex\(.*: waiting for another thread$/);
  });

  it('ends with a verdict where it makes a call that is not there', () => {
    const { outcome, results } = makeCalls(architecture, [['getpid'], ['socket', 1, 2, 3], ['getpid']]);
    const number = architecture === 'x86-64' ? 41 : 198;
    expect(outcome.outcome).toBe('system-call');
    expect(outcome.detail).toMatch(new RegExp(`^system call ${number}, socket\\(0x1, 0x2, 0x3, .*\\), at 0x4\\w+: `));
    expect(results).toEqual([1000n, 0n, 0n]);
    const unnamed = makeCalls(architecture, [[9999, 1]]).outcome;
    expect(unnamed).toMatchObject({ outcome: 'system-call' });
    expect(unnamed.detail).toMatch(/^system call 9999, number 9999\(0x1, /);
  });
});
