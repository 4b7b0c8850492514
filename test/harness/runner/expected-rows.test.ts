import { describe, expect, it } from 'vitest';
import { precompute } from '../../../engine/index.ts';
import type { Program } from '../../../generators/program.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { loadImage } from '../../../harness/loader/load-image.ts';
import { runProgram } from '../../../harness/runner/run-program.ts';
import { unwinders as allUnwinders } from '../../../harness/unwinders/registry.ts';
import type { Unwinder } from '../../../harness/unwinders/unwinder.ts';
import { smallProgram } from './small-program.ts';

const emulators = unicornFactory();
const named = (name: string): Unwinder => allUnwinders.find((unwinder) => unwinder.name === name)!;
const dwarf = named('dwarf');
const loaded = () => loadImage(smallProgram().image, { name: 'small' });
const withRows = (...rows: [bigint, string][]): Program => ({
  ...smallProgram(['expressions']),
  expectedRows: rows.map(([at, row]) => ({ at, row })),
});
const right: [bigint, string] = [0x401001n, 'CFA=rsp+16 rbx=[CFA-16] rip=[CFA-8]'];
const result = (program: Program, unwinder = dwarf, only = {}) =>
  runProgram(program, { emulators, unwinders: [unwinder], ...only });
const verdictsOf = (one: ReturnType<typeof result>) => one.unwinders[0]!.verdicts;

describe('expected rows', () => {
  it('are a verdict each, besides those of the stops', () => {
    const passed = result(withRows(right, [0x401000n, 'CFA=rsp+8 rip=[CFA-8]'], [0x402000n, '']));
    expect(verdictsOf(passed)).toEqual({ pass: 10, fail: 0, missing: 0, error: 0 });
    expect([passed.stops, passed.failures]).toEqual([7, []]);
  });

  it('that are not found fail, with the row found in its place', () => {
    const failed = result(withRows(right, [0x401001n, 'CFA=rsp+24'], [0x402000n, 'CFA=rsp+8'], [0x402001n, 'CFA=u']));
    expect(verdictsOf(failed)).toEqual({ pass: 8, fail: 3, missing: 0, error: 0 });
    expect(failed.failures.map(({ verdict, row, divergence, count }) => [verdict, row, divergence, count])).toEqual([
      ['fail', right[1], 'row', 1],
      ['fail', '', 'row', 2],
    ]);
    expect(failed.failures.map(({ example }) => example.message)).toEqual([
      `the row at 0x401001 is ${right[1]}, expected CFA=rsp+24`,
      'the row at 0x402000 is missing, expected CFA=rsp+8',
    ]);
  });

  it('are missing of an unwinder that lacks what the program needs or has no rows to show', () => {
    const lacking = result(withRows([0x401001n, 'CFA=rsp+24']), { ...dwarf, lacks: ['expressions'] });
    expect(lacking.unwinders[0]).toMatchObject({ verdicts: { pass: 7, fail: 0, missing: 1 }, unexpectedMissing: 0 });
    const { modules: _, ...withoutRows } = dwarf;
    const silent = result(withRows(right), withoutRows);
    expect(silent.unwinders[0]).toMatchObject({ verdicts: { pass: 7, fail: 0, missing: 1 }, unexpectedMissing: 0 });
    expect(silent.failures).toEqual([]);
  });

  it('are not judged again where only one stop is', () => {
    expect(verdictsOf(result(withRows([0n, 'CFA=u']), dwarf, { run: 0, stop: 2 }))).toMatchObject({ pass: 1, fail: 0 });
  });

  it('that cannot be read because the unwinder throws are an error', () => {
    const throwing: Unwinder = {
      ...dwarf,
      modules() {
        throw new RangeError('no modules');
      },
    };
    const failed = result(withRows(right), throwing);
    expect(verdictsOf(failed)).toEqual({ pass: 7, fail: 0, missing: 0, error: 1 });
    expect(failed.failures[0]!.example.message).toMatch(/^RangeError: no modules \(expected-rows\.test\.ts:/);
  });

  it('are read from tables where the unwinder unwinds from tables', () => {
    const [module] = dwarf.modules!(loaded());
    const [table] = named('dwarf-precomputed').modules!(loaded());
    expect(table!.source.constructor).toBe(precompute(module!).source.constructor);
    expect(table!.source.constructor).not.toBe(module!.source.constructor);
  });
});
