import { describe, expect, it } from 'vitest';
import * as a64 from '../../../generators/encoder/aarch64/index.ts';
import { execute } from './execution.ts';

const { x0, x1 } = a64.registers;

describe('the thread pointer', () => {
  const functions = [
    { name: 'entry', items: [a64.mrs(x0, 'tpidr_el0'), a64.msr('tpidr_el0', x1), a64.ret()], uncovered: true },
  ] as const;
  const atReturn = (options: Parameters<typeof execute>[2]) => execute('aarch64', functions, options).stops[2]!;

  it.each([undefined, 0x7f00_0000_1230n])('is %s at the start of every run, whatever the one before left', (given) => {
    const options = given === undefined ? {} : { threadPointer: given };
    for (const earlier of [0, 2]) expect(atReturn({ ...options, earlier }).registers[0]).toBe(given ?? 0n);
  });
});
