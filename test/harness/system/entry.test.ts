import { describe, expect, it } from 'vitest';
import type { Stop } from '../../../harness/stop.ts';
import { architectures, makeCalls, readColumn } from './program.ts';

/** What a program finds on its stack. */
function stackOf(stop: Stop): { arguments: string[]; environment: string[]; vector: Map<number, bigint>; sp: bigint } {
  const { memory, registers, architecture } = stop;
  const out = new Uint32Array(2);
  const word = (address: bigint): bigint => {
    if (!memory.read64(Number(address & 0xffff_ffffn), Number(address >> 32n), out, 0)) throw new Error('unreadable');
    return (BigInt(out[1]!) << 32n) | BigInt(out[0]!);
  };
  const text = (address: bigint): string => {
    const bytes: number[] = [];
    for (let at = address; ; at++) {
      const byte = Number((word(at & ~7n) >> ((at & 7n) * 8n)) & 0xffn);
      if (byte === 0) return new TextDecoder().decode(Uint8Array.from(bytes));
      bytes.push(byte);
    }
  };
  const sp = readColumn(registers, architecture.sp);
  let at = sp + 8n;
  const list = (): string[] => {
    const texts: string[] = [];
    for (; word(at) !== 0n; at += 8n) texts.push(text(word(at)));
    at += 8n;
    return texts;
  };
  const [words, environment] = [list(), list()];
  expect(word(sp)).toBe(BigInt(words.length));
  const vector = new Map<number, bigint>();
  for (; word(at) !== 0n; at += 16n) vector.set(Number(word(at)), word(at + 8n));
  return { arguments: words, environment, vector, sp };
}

describe.each(architectures)('a process on %s', (architecture) => {
  function start(seed = 'test') {
    let found: ReturnType<typeof stackOf> | undefined;
    let first: { registers: bigint[]; depth: number; ending: string } | undefined;
    const { labels } = makeCalls(architecture, [], {
      seed,
      onStop: (stop) => {
        if (found !== undefined) return;
        found = stackOf(stop);
        const { columnCount } = stop.architecture;
        const registers = Array.from({ length: columnCount }, (_, column) => readColumn(stop.registers, column));
        first = { registers, depth: stop.depth, ending: stop.ending };
      },
    });
    return { ...found!, ...first!, labels };
  }

  it('finds its arguments and its environment on an aligned stack', () => {
    const { arguments: words, environment, sp } = start();
    expect(words).toEqual(['program', 'one', 'two']);
    expect(environment).toEqual(['HOME=/']);
    expect(sp % 16n).toBe(0n);
  });

  it('finds the auxiliary vector: page size, entry, identity, and nothing of a vdso', () => {
    const { vector, labels } = start();
    const [AT_PAGESZ, AT_ENTRY, AT_UID, AT_SYSINFO_EHDR, AT_HWCAP] = [6, 9, 11, 33, 16] as const;
    expect(vector.get(AT_PAGESZ)).toBe(0x1000n);
    expect(vector.get(AT_ENTRY)).toBe(labels.get('_start'));
    expect(vector.get(AT_UID)).toBe(1000n);
    expect(vector.has(AT_SYSINFO_EHDR)).toBe(false);
    expect(vector.get(AT_HWCAP)! & 3n).toBe(3n);
  });

  it('starts with registers that are 0, but SP and PC, and without a caller', () => {
    const { registers, depth, ending, sp, labels } = start();
    expect(registers.filter((value) => value !== 0n)).toEqual([sp, labels.get('_start')]);
    expect([depth, ending]).toEqual([0, 'root']);
  });
});
