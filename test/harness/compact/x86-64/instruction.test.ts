import { describe, expect, it } from 'vitest';
import { functionRanges } from '../../../../harness/compact/function-ranges.ts';
import { Instruction } from '../../../../harness/compact/x86-64/instruction.ts';
import { disassemble } from '../../../../harness/disassembly/index.ts';
import { fixture, fixtureNames } from '../fixtures.ts';

const instruction = new Instruction();

/** Instructions of compilers that the fixtures do not have: VEX, EVEX, 16-bit and 64-bit immediates, three-byte opcodes. */
const unusual = [
  'c5f877', 'c5fc2805aabbccdd', 'c4e27d1837', 'c4e37d19c101', 'c4e2f0f3c8', '62f17c48584110', '62f3fd4825c0ff',
  '66c7042434126690', '48b8aabbccddeeff0011', 'a1aabbccddeeff0011', '6681f93412', '660f3a0fc108', '660f38f6c1',
  'f0480fb10e', '64488b042528000000', '666666662e0f1f840000000000', 'c8100000', 'f6c101', 'f6d1', '48f7c178563412',
  '48f7d9', '410fbae921', 'f30f1efa', '48630c81', '41ff1424', '8f0424', '0fc708', '0fb7049500000000',
]; // biome-ignore format: eight to a line

describe('Instruction', () => {
  it('has the size that Capstone gives, in every function of the compiled fixtures', () => {
    const wrong: string[] = [];
    let count = 0;
    for (const name of fixtureNames('x86-64').filter((one) => !one.endsWith('.o'))) {
      const { module } = fixture('x86-64', name);
      const { frames, code } = module;
      const { start, end, count: functions } = functionRanges(frames);
      for (let i = 0; i < functions; i++) {
        const address = frames.section.address + BigInt(start[i]!);
        const bytes = code(address, end[i]! - start[i]!);
        if (bytes === undefined) continue;
        let at = 0;
        for (const { size, mnemonic, operands } of disassemble('x86-64', bytes, address)) {
          if (!instruction.decode(bytes, at) || instruction.size !== size)
            wrong.push(`${name}: ${mnemonic} ${operands}`);
          at += size;
          count++;
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(10_000);
  });

  it.each(unusual)('has the size of %s', (hex) => {
    const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
    const [first] = disassemble('x86-64', bytes, 0n);
    expect(instruction.decode(bytes, 0)).toBe(true);
    expect(instruction.size).toBe(first!.size);
  });

  it('is none where it would reach beyond the end', () => {
    for (const hex of unusual) {
      const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
      instruction.decode(bytes, 0);
      expect(instruction.decode(bytes.subarray(0, instruction.size - 1), 0)).toBe(false);
    }
    expect(instruction.decode(Uint8Array.of(0x06), 0)).toBe(false);
    expect(instruction.decode(new Uint8Array(20).fill(0x66), 0)).toBe(false);
  });
});
