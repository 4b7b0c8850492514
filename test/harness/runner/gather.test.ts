import { describe, expect, it } from 'vitest';
import type { EncodingCoverage } from '../../../harness/record/index.ts';
import { recordLine } from '../../../harness/record/schema.ts';
import { type GatheredProgram, gather } from '../../../harness/runner/gather.ts';
import type { ProgramResult } from '../../../harness/runner/program-result.ts';

const result = (overrides: Partial<ProgramResult> = {}): ProgramResult => ({
  sha256: 'ab',
  stops: 100,
  distinctPcs: 40,
  busiestPcStops: 5,
  executed: 40,
  emitted: 40,
  codeBytes: 160,
  paddingBytes: 16,
  registerPairs: { compared: 600, differing: 60 },
  rowPairs: ['a', 'b'],
  unwinders: [
    {
      unwinder: 'one',
      verdicts: { pass: 100, fail: 0, missing: 0, error: 0 },
      unexpectedMissing: 0,
      producerFaults: 0,
      seconds: 1,
    },
  ],
  failures: [],
  producerFaults: [],
  seconds: 2,
  ...overrides,
});
const job = (index: number, scenario = 'group/a', architecture: 'x86-64' | 'aarch64' = 'x86-64') => ({
  architecture,
  scenario,
  index,
});
const group = (run: number) => ({
  unwinder: 'one',
  verdict: 'fail' as const,
  row: 'CFA=rsp+8',
  divergence: 'rbx',
  count: 3,
  example: { run, stop: 1, pc: '0x1', message: `in run ${run}` },
});

describe('gather()', () => {
  it('sums programs up, counting row pairs once', () => {
    const programs: GatheredProgram[] = [
      { job: job(0), result: result() },
      { job: job(1), result: result({ rowPairs: ['b', 'c'], busiestPcStops: 7 }) },
    ];
    const { final, summaries } = gather(programs, ['one'], 9);
    expect(final.passed).toBe(true);
    expect(final.architectures[0]).toMatchObject({
      programs: 2,
      stops: 200,
      distinctPcs: 80,
      rowPairs: 3,
      busiestPcShare: 7 / 200,
      codeBytes: 320,
      paddingBytes: 32,
      registerPairs: { compared: 1200, differing: 120 },
    });
    expect(summaries).toHaveLength(1);
    expect(summaries[0]).toMatchObject({ stops: 200, rowPairs: 3, timing: { seconds: 2 } });
  });

  it('adds up what encodings cover, over the programs that say', () => {
    const covered = (coverage: EncodingCoverage) => result({ unwinders: [{ ...result().unwinders[0]!, coverage }] });
    const programs: GatheredProgram[] = [
      { job: job(0), result: covered({ functions: 5, descriptors: 7, fallbacks: { why: 1, because: 1 } }) },
      { job: job(1), result: result() },
      { job: job(2), result: covered({ functions: 3, descriptors: 3, fallbacks: { why: 2 } }) },
    ];
    const { final, summaries, programs: lines } = gather(programs, ['one'], 0);
    const sum = { functions: 8, descriptors: 10, fallbacks: { why: 3, because: 1 } };
    expect(final.architectures[0]!.unwinders[0]!.coverage).toEqual(sum);
    expect(summaries[0]!.coverage).toEqual(sum);
    expect(lines.map(({ unwinders }) => unwinders[0]!.coverage?.functions)).toEqual([5, undefined, 3]);
    for (const line of [...lines, ...summaries, final]) expect(recordLine.parse(line)).toEqual(line);
  });

  it('counts for an unwinder only the programs it applies to', () => {
    const two = { ...result().unwinders[0]!, unwinder: 'two' };
    const programs: GatheredProgram[] = [
      { job: job(0), result: result() },
      { job: job(1), result: result({ unwinders: [...result().unwinders, two] }) },
      { job: job(0, 'group/b'), result: result() },
    ];
    const { final, summaries } = gather(programs, ['one', 'two', 'three'], 0);
    expect(final.architectures[0]!.unwinders.map(({ unwinder, stops }) => [unwinder, stops])).toEqual([
      ['one', 300],
      ['two', 100],
    ]);
    expect(summaries.map(({ scenario, unwinder }) => [scenario, unwinder])).toEqual([
      ['group/a', 'one'],
      ['group/a', 'two'],
      ['group/b', 'one'],
    ]);
  });

  it('merges equal failures of a scenario, with the first as the example', () => {
    const programs: GatheredProgram[] = [
      { job: job(3), result: result({ failures: [group(8)] }) },
      { job: job(4), result: result({ failures: [group(9)] }) },
      { job: job(0, 'group/b'), result: result({ failures: [group(1)] }) },
    ];
    const { failures } = gather(programs, ['one'], 0);
    expect(failures.map(({ scenario, count, programs: n, example }) => [scenario, count, n, example.message])).toEqual([
      ['group/a', 6, 2, 'in run 8'],
      ['group/b', 3, 1, 'in run 1'],
    ]);
    expect(failures[0]!.example.program).toBe(3);
  });

  it('keeps known faults of producers apart from verdicts', () => {
    const fault = { unwinder: 'one', function: 'main', row: 'CFA=sp', fault: 'none', pcs: ['0x1'], count: 4 };
    const own = { ...result().unwinders[0]!, producerFaults: 4 };
    const { final, summaries, producerFaults } = gather(
      [2, 5].map((index) => ({ job: job(index), result: result({ unwinders: [own], producerFaults: [fault] }) })),
      ['one'],
      0,
    );
    expect(producerFaults.map(({ program, count }) => [program, count])).toEqual([
      [2, 4],
      [5, 4],
    ]);
    expect(summaries[0]).toMatchObject({ verdicts: { pass: 200 }, producerFaults: 8 });
    expect(final.architectures[0]!.unwinders[0]!.producerFaults).toBe(8);
    expect(final.passed).toBe(true);
  });

  it('makes a program whose process died an error of every unwinder', () => {
    const { final, failures, programs } = gather([{ job: job(5), problem: 'crash:SIGABRT' }], ['one', 'two'], 0);
    expect(final.passed).toBe(false);
    expect(final.architectures[0]!.unwinders.map(({ verdicts }) => verdicts.error)).toEqual([1, 1]);
    expect(failures.map(({ unwinder, verdict, example }) => [unwinder, verdict, example.message])).toEqual([
      ['one', 'error', 'crash:SIGABRT'],
      ['two', 'error', 'crash:SIGABRT'],
    ]);
    expect(programs[0]).toMatchObject({ index: 5, stops: 0 });
  });

  it('makes an error of each unwinder that is not asked any more, whatever its result is', () => {
    const left = { wanted: result().unwinders[0]!, unwinder: 'two' };
    const both = result({
      unwinders: [left.wanted, { ...left.wanted, unwinder: left.unwinder }],
      failures: [group(0), { ...group(0), unwinder: left.unwinder }],
    });
    const { failures, programs } = gather([{ job: job(5), notAsked: ['one'], result: both }], ['one', 'two'], 0);
    expect(programs[0]!.unwinders.map(({ unwinder, verdicts }) => [unwinder, verdicts.pass, verdicts.error])).toEqual([
      ['one', 0, 1],
      ['two', 100, 0],
    ]);
    expect(failures.map(({ unwinder, verdict, divergence }) => [unwinder, verdict, divergence])).toEqual([
      ['one', 'error', 'not asked'],
      ['two', 'fail', 'rbx'],
    ]);
  });

  it('says where it died if that is known', () => {
    const at = { run: 1, stop: 7, pc: '0x42' };
    const { failures } = gather([{ job: job(5), problem: 'crash:SIGABRT', at }], ['one'], 0);
    expect(failures[0]).toMatchObject({ divergence: 'program', example: { program: 5, ...at } });
  });

  it('makes a death the error of the unwinder that was asked, and keeps the verdicts of the others', () => {
    const deaths = [{ unwinder: 'zero', how: 'hang', run: 1, stop: 7, pc: '0x42' }];
    const { final, failures, programs } = gather([{ job: job(5), deaths, result: result() }], ['zero', 'one'], 0);
    expect(final.passed).toBe(false);
    expect(programs[0]).toMatchObject({ stops: 100, sha256: 'ab' });
    expect(programs[0]!.unwinders.map(({ unwinder, verdicts }) => [unwinder, verdicts])).toEqual([
      ['zero', { pass: 0, fail: 0, missing: 0, error: 1 }],
      ['one', { pass: 100, fail: 0, missing: 0, error: 0 }],
    ]);
    expect(failures).toEqual([
      expect.objectContaining({
        unwinder: 'zero',
        verdict: 'error',
        divergence: 'hang',
        example: { program: 5, run: 1, stop: 7, pc: '0x42', message: 'it did not answer in time' },
      }),
    ]);
  });

  it.each([
    ['fail', { pass: 99, fail: 1, missing: 0, error: 0 }, 0, false],
    ['error', { pass: 99, fail: 0, missing: 0, error: 1 }, 0, false],
    ['unexpected missing', { pass: 99, fail: 0, missing: 1, error: 0 }, 1, false],
    ['declared missing', { pass: 99, fail: 0, missing: 1, error: 0 }, 0, true],
  ])('after one %s says whether the run passed', (_name, verdicts, unexpectedMissing, passed) => {
    const unwinders = [{ unwinder: 'one', verdicts, unexpectedMissing, producerFaults: 0, seconds: 0 }];
    expect(gather([{ job: job(0), result: result({ unwinders }) }], ['one'], 0).final.passed).toBe(passed);
  });

  it('makes lines of the record’s schema', () => {
    const fault = { unwinder: 'one', function: 'main', row: 'CFA=sp', fault: 'none', pcs: ['0x1'], count: 4 };
    const { programs, failures, producerFaults, summaries, final } = gather(
      [{ job: job(0), result: result({ failures: [group(0)], producerFaults: [fault] }) }],
      ['one'],
      1,
    );
    for (const line of [...programs, ...failures, ...producerFaults, ...summaries, final]) {
      expect(recordLine.safeParse(line).error).toBeUndefined();
    }
  });
});
