import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bearable } from '../../../harness/runner/deaths.ts';
import type { ProgramJob } from '../../../harness/runner/plan.ts';
import { runPrograms } from '../../../harness/runner/run-programs.ts';

const module = fileURLToPath(new URL('children/program-child.mjs', import.meta.url));
const jobs = (count: number, scenario = 'group/a') =>
  Array.from({ length: count }, (_, index): ProgramJob => ({ architecture: 'x86-64', scenario, index }));

/** `seed`: a file in which deaths are counted; behind two, no child gets ready any more. */
async function run(programs: readonly ProgramJob[], unwinders: readonly string[], children = 2, seed = '') {
  const done: number[] = [];
  const settings = { seed, unwinders, modules: [] };
  const { programs: told } = await runPrograms(
    programs,
    { children, settings, backstop: 20_000 },
    (stops) => done.push(stops),
    module,
  );
  expect(done).toHaveLength(programs.length);
  return told.map((one) => ({
    index: one.job.index,
    deaths: (one.deaths ?? []).map(({ unwinder, how, run, stop, pc }) => [unwinder, how, run, stop, pc].join(' ')),
    notAsked: one.notAsked,
    asked: 'result' in one ? (one.result.unwinders as unknown as string[]) : undefined,
    ...('problem' in one && { problem: one.problem, at: one.at }),
  }));
}

describe('runPrograms()', () => {
  it('runs a program again without each unwinder that dies in it, and the others with all', async () => {
    const told = await run(jobs(4), ['dies-in-1', 'good', 'dies-in-1,2']);
    const [all, good] = [['dies-in-1', 'good', 'dies-in-1,2'], ['good']];
    expect(told.map(({ asked }) => asked)).toEqual([all, good, ['dies-in-1', 'good'], all]);
    expect(told.map(({ deaths }) => deaths.length)).toEqual([0, 2, 1, 0]);
    expect(told[1]!.deaths[0]).toBe('dies-in-1 crash:exit 3 0 7 0x42');
  });

  it.each([1, 6])('gives an unwinder up that has cost too many programs (%i children)', async (children) => {
    const told = await run(jobs(bearable + 6), ['good', 'dies'], children);
    expect(told.map(({ deaths, notAsked }) => [deaths.length, notAsked])).toEqual([
      ...Array(bearable).fill([1, []]),
      ...Array(6).fill([0, ['dies']]),
    ]);
    expect(told.every(({ asked }) => asked!.includes('good'))).toBe(true);
  });

  it('blames the program where it is not known who died', async () => {
    const told = await run([...jobs(1), ...jobs(1, 'lies')], ['good']);
    expect(told[0]!.asked).toEqual(['good']);
    const at = { unwinder: 'nobody', run: 0, stop: 7, pc: '0x42' };
    expect(told[1]).toMatchObject({ deaths: [], problem: 'crash:exit 3', at });
  });

  it('keeps what is done where no child gets ready for another round', async () => {
    const seed = join(mkdtempSync(join(tmpdir(), 'plumbline-')), 'deaths');
    const told = await run(jobs(1), ['good', 'dies-in-0'], 1, seed);
    expect(told[0]).toMatchObject({
      deaths: ['dies-in-0 crash:exit 3 0 7 0x42'],
      problem: 'the worker processes die before they are ready (crash:exit 7)',
    });
  });
});
