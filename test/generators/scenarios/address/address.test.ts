import { describe, expect, it } from 'vitest';
import { addressScenarios } from '../../../../generators/scenarios/address/index.ts';
import { describeScenario, modulesOf, scenarioNamed } from '../support.ts';

for (const { name } of addressScenarios) describeScenario(name);

const generate = (name: string) =>
  Array.from({ length: 8 }, (_, index) => scenarioNamed(`address/${name}`).generate('x86-64', index, '1'));

describe('where programs lie', () => {
  it.each([
    ['code-across-2-gib', 1n << 31n],
    ['code-across-4-gib', 1n << 32n],
  ])('%s has instructions on both sides', (name, boundary) => {
    for (const { instructions } of generate(name)) {
      expect(instructions[0]! < boundary && instructions.at(-1)! >= boundary).toBe(true);
    }
  });

  it.each<[string, (first: bigint, bias: bigint) => boolean]>([
    ['upper-half', (first) => first >> 63n === 1n],
    ['above-4-gib', (first, bias) => first >> 32n > 0n && bias === 0n],
    ['load-bias', (first, bias) => bias > 0n && first > bias],
    ['negative-load-bias', (first, bias) => bias >> 63n === 1n && first >> 63n === 0n],
    ['low', (first) => first < 0x20_0000n],
    ['end-of-space', (first) => first >= 0xffff_ffff_ffff_d000n],
  ])('%s is there', (name, holds) => {
    for (const { instructions, loadBias } of generate(name)) expect(holds(instructions[0]!, loadBias)).toBe(true);
  });

  it('far-unwind-information is more than 2 GiB away, before or behind the text', () => {
    const distances = modulesOf('address/far-unwind-information', 'x86-64').map(
      ({ elf }) => elf.section('.eh_frame')!.address - elf.section('.text')!.address,
    );
    expect(distances.every((distance) => distance > 1n << 31n || distance < -(1n << 31n))).toBe(true);
    expect(new Set(distances.map((distance) => distance > 0n)).size).toBe(2);
  });
});
