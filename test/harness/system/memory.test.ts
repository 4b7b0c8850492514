import { describe, expect, it } from 'vitest';
import { architectures, data, dataSize, makeCalls, words } from './program.ts';

const [PROT_NONE, PROT_READ, PROT_WRITE] = [0, 1, 2];
const both = PROT_READ | PROT_WRITE;
const anonymous = 0x22;
const [EFAULT, ENOMEM, EINVAL, EBADF] = [-14n, -12n, -22n, -9n];

describe.each(architectures)('memory on %s', (architecture) => {
  const run = (...calls: Parameters<typeof makeCalls>[1]) => makeCalls(architecture, calls);

  it('brk grows and shrinks the heap, new pages are zero, and a bad end leaves it alone', () => {
    const [start] = run(['brk', 0]).results;
    const end = start! + 0x3000n;
    const { results, stdout } = run(
      ['brk', end],
      ['write', 1, start! + 0x2ff0n, 16],
      ['read', 0, start!, 16],
      ['brk', start! + 0x1000n],
      ['write', 1, start! + 0x2ff0n, 16],
      ['brk', 1n << 60n],
      ['brk', 0],
    );
    expect(start).toBeGreaterThan(data + BigInt(dataSize) - 1n);
    expect(results).toEqual([end, 16n, 0n, start! + 0x1000n, EFAULT, start! + 0x1000n, start! + 0x1000n]);
    expect(stdout).toBe('\0'.repeat(16));
  });

  it('mmap gives zeroed pages from the top downwards, munmap takes them away', () => {
    const { results, stdout } = run(
      ['mmap', 0, 0x2001, both, anonymous, -1, 0],
      ['mmap', 0, 0x1000, both, anonymous, -1, 0],
      ['write', 1, { result: 0 }, 8],
      ['munmap', { result: 1 }, 0x1000],
      ['write', 1, { result: 1 }, 8],
      ['mmap', 0, 0x1000, both, anonymous, -1, 0],
      ['mmap', 0, 0, both, anonymous, -1, 0],
      ['mmap', 0, 0x1000, both, 2, 7, 0],
      ['mmap', 0, 1n << 40n, both, anonymous, -1, 0],
      ['munmap', 0x1001, 0x1000],
    );
    const [first, second] = results;
    expect([first! & 0xfffn, second]).toEqual([0n, first! - 0x1000n]);
    expect(results.slice(2)).toEqual([8n, 0n, EFAULT, second, EINVAL, EBADF, ENOMEM, EINVAL]);
    expect(stdout).toBe('\0'.repeat(8));
  });

  it('mprotect takes rights away and gives them back, only where there are pages', () => {
    const { results } = run(
      ['mprotect', data, 0x1000, PROT_NONE],
      ['write', 1, data, 8],
      ['mprotect', data, 0x1000, PROT_READ],
      ['write', 1, data, 8],
      ['read', 0, data, 8],
      ['mprotect', data, 0x1000, both],
      ['mprotect', data + 1n, 0x1000, both],
      ['mprotect', 0x10000, 0x1000, both],
    );
    expect(results).toEqual([0n, EFAULT, 0n, 8n, EFAULT, 0n, EINVAL, ENOMEM]);
  });

  it('mremap grows by moving, with what was there', () => {
    const input = 'moved along with it';
    const { results, stdout } = makeCalls(
      architecture,
      [
        ['mmap', 0, 0x1000, both, anonymous, -1, 0],
        ['read', 0, { result: 0 }, input.length],
        ['mremap', { result: 0 }, 0x1000, 0x3000, 0],
        ['mremap', { result: 0 }, 0x1000, 0x3000, 1],
        ['write', 1, { result: 3 }, input.length],
        ['write', 1, { result: 0 }, 1],
        ['mremap', { result: 3 }, 0x3000, 0x1000, 0],
        ['mremap', data, 0x1000, 0x2000, 1],
      ],
      { input },
    );
    expect(results.slice(2)).toEqual([ENOMEM, results[3], 19n, EFAULT, results[3], EFAULT]);
    expect(results[3]).not.toBe(results[0]);
    expect(stdout).toBe(input);
  });

  it('madvise may have pages given up: they are zero again', () => {
    const { stdout, results } = makeCalls(
      architecture,
      [
        ['mmap', 0, 0x1000, both, anonymous, -1, 0],
        ['read', 0, { result: 0 }, 4],
        ['madvise', { result: 0 }, 0x1000, 4],
        ['write', 1, { result: 0 }, 4],
        ['madvise', { result: 0 }, 0x1000, 1],
      ],
      { input: 'full' },
    );
    expect([stdout, results[2], results[4]]).toEqual(['\0\0\0\0', 0n, 0n]);
  });

  it('is seen by unwinders as soon as the program has it, and no longer than that', () => {
    const readable: boolean[] = [];
    const calls = [
      ['mmap', 0, 0x1000, both, anonymous, -1, 0],
      ['munmap', { result: 0 }, 0x1000],
    ] as const;
    const [address] = makeCalls(architecture, calls).results;
    makeCalls(architecture, calls, {
      onStop: ({ memory }) => {
        const found = memory.find(Number(address! & 0xffff_ffffn), Number(address! >> 32n), 8) !== undefined;
        if (readable.at(-1) !== found) readable.push(found);
      },
    });
    expect(readable).toEqual([false, true, false]);
  });

  it('begins anew in every run', () => {
    const calls = [
      ['brk', 0],
      ['mmap', 0, 0x1000, both, anonymous, -1, 0],
      ['read', 0, { result: 1 }, 4],
      ['mprotect', data + 0x1000n, 0x1000, PROT_NONE],
    ] as const;
    const one = makeCalls(architecture, calls, { input: 'used' });
    const third = makeCalls(architecture, calls, { input: 'used', earlier: 2 });
    expect(third.results).toEqual(one.results);
    expect(third.results.slice(2)).toEqual([4n, 0n]);
  });

  it('at a given address may be within the heap', () => {
    const [start] = run(['brk', 0]).results;
    const { results } = run(
      ['brk', start! + 0x2000n],
      ['mmap', start!, 0x1000, PROT_NONE, anonymous | 0x10, -1, 0],
      ['write', 1, start!, 8],
      ['write', 1, start! + 0x1000n, 8],
    );
    expect(results.slice(1)).toEqual([start, EFAULT, 8n]);
  });

  it('at a given address is only to be had where mappings are', () => {
    const { outcome } = run(['mmap', 0x10000, 0x1000, both, anonymous | 0x10, -1, 0]);
    expect(outcome.outcome).toBe('system-call');
    expect(outcome.detail).toMatch(/mmap\(0x10000, 0x1000, 0x3, 0x32, 0xf+, 0x0\), at 0x\w+: a mapping at an address/);
    const [address] = run(['mmap', 0, 0x1000, both, anonymous, -1, 0]).results;
    expect(run(['mmap', address!, 0x1000, both, anonymous | 0x10, -1, 0]).results).toEqual([address]);
  });
});

describe('a thread’s storage', () => {
  it('is set and asked for by arch_prctl', () => {
    const { results, bytes } = makeCalls('x86-64', [
      ['arch_prctl', 0x1002, data + 0x100n],
      ['arch_prctl', 0x1003, data],
      ['arch_prctl', 0x1003, 0x10000],
      ['arch_prctl', 0x1002, 1n << 47n],
      ['arch_prctl', 0x9999, 0],
    ]);
    expect(results).toEqual([0n, 0n, EFAULT, -1n, EINVAL]);
    expect(bytes(0, 8)).toEqual(words(data + 0x100n));
  });
});
