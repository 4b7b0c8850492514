import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../../../generators/program.ts';
import { addressScenarios } from '../../../../generators/scenarios/address/index.ts';
import { unicornFactory } from '../../../../harness/emulator/unicorn.ts';
import { loadProgram } from '../../../../harness/loader/load-program.ts';
import { runProgram } from '../../../../harness/runner/run-program.ts';
import { unwinders } from '../../../../harness/unwinders/registry.ts';
import type { Unwinder } from '../../../../harness/unwinders/unwinder.ts';
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

describe.each(['x86-64', 'aarch64'] as const)('programs of several files on %s', (architecture) => {
  const generateOne = (name: string, index: number) =>
    scenarioNamed(`address/${name}`).generate(architecture, index, '1');
  const warm = unwinders.find(({ name }) => name === 'dwarf-warm')!;
  const verdicts = (unwinder: Unwinder) =>
    runProgram(generateOne('exchanged-module', 0), { emulators: unicornFactory(), unwinders: [unwinder] }).unwinders[0]!
      .verdicts;

  it('have a module for each', () => {
    const counts = [0, 1, 2, 3].map((index) => {
      const program = generateOne('several-modules', index);
      const [{ image }] = loadProgram(program) as [ReturnType<typeof loadProgram>[number]];
      expect(image.modules).toHaveLength(1 + program.libraries!.length);
      return image.modules.length;
    });
    expect(Math.max(...counts)).toBeGreaterThan(3);
  });

  it('execute several libraries at the same addresses', () => {
    const { libraries, exchanges } = generateOne('exchanged-module', 0);
    expect(exchanges).toHaveLength(2);
    expect(new Set(libraries!.map(({ loadBias }) => loadBias)).size).toBe(1);
    const [first, second] = libraries!.map(({ instructions }) => new Set(instructions)) as [Set<bigint>, Set<bigint>];
    expect([...first].filter((address) => second.has(address)).length).toBeGreaterThan(5);
  });

  it('are failed by a cache that does not hear of the change', () => {
    const deaf: Unwinder = {
      ...warm,
      open(image) {
        const session = warm.open(image);
        return { unwind: session.unwind, update: () => undefined };
      },
    };
    expect(verdicts(deaf).fail).toBeGreaterThan(0);
  });

  it('are opened anew by an unwinder that has no way to be told', () => {
    let opened = 0;
    const simple: Unwinder = {
      ...warm,
      open(image) {
        opened++;
        return { unwind: warm.open(image).unwind };
      },
    };
    expect(verdicts(simple)).toMatchObject({ fail: 0, missing: 0, error: 0 });
    // Two exchanges in each of two runs, and the way back to the first library in between.
    expect(opened).toBe(6);
  });

  it('cannot have two files in the same memory, nor exchange what is not there', () => {
    const program = generateOne('exchanged-module', 0);
    expect(() => loadProgram({ ...program, exchanges: [] })).toThrow('expected files that do not need the same memory');
    const [{ at, load }] = program.exchanges as readonly [Exchange];
    const wrong = [{ at, unload: load, load }];
    const libraries = program.libraries!.slice(1, 2);
    expect(() => loadProgram({ ...program, libraries, exchanges: wrong })).toThrow('expected an exchange of a library');
  });
});
