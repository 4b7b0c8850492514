import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type JobOutcome, runInChildren } from '../../../harness/runner/pool.ts';

const module = fileURLToPath(new URL('children/child.mjs', import.meta.url));

interface Settings {
  log?: string;
  broken?: boolean;
  /** Children that start after this job was do not get ready. */
  brokenAfter?: string;
  /** Milliseconds until a child is ready. */
  slowStart?: number;
}

async function run(jobs: readonly string[], options: { children?: number; backstop?: number; settings?: Settings }) {
  const outcomes: string[] = jobs.map(() => 'nothing');
  const doing: (string | undefined)[] = jobs.map(() => undefined);
  let calls = 0;
  const about = await runInChildren<Settings, string, string, string>(
    { module, children: options.children ?? 2, settings: options.settings ?? {}, backstop: options.backstop ?? 20_000 },
    jobs,
    (number, outcome: JobOutcome<string>) => {
      calls++;
      outcomes[number] = 'died' in outcome ? outcome.died : outcome.result;
      if ('died' in outcome) doing[number] = `${outcome.doing}|${outcome.said}`;
    },
  );
  expect(calls).toBe(jobs.length);
  return { outcomes, doing, about };
}

const newLog = () => join(mkdtempSync(join(tmpdir(), 'plumbline-')), 'log');
const names = (count: number) => Array.from({ length: count }, (_, i) => `job${i}`);

describe('runInChildren()', () => {
  it.each([1, 2, 5])('does every job once with %i children', async (children) => {
    const jobs = names(23);
    const { outcomes, about } = await run(jobs, { children });
    expect(outcomes).toEqual(jobs.map((name) => `${name} done`));
    expect(about).toBe('version 1');
  });

  it('does nothing for no jobs', async () => {
    expect((await run([], {})).about).toBeUndefined();
  });

  it.each([
    ['abort', 'crash:SIGABRT'],
    ['exit', 'crash:exit 3'],
  ])('blames only the job that ends its process (%s)', async (job, how) => {
    for (const position of [0, 7, 11]) {
      const jobs = names(12);
      jobs[position] = job;
      const { outcomes } = await run(jobs, {});
      expect(outcomes).toEqual(jobs.map((name, i) => (i === position ? how : `${name} done`)));
    }
  });

  it('goes on after several culprits in a row', async () => {
    const { outcomes } = await run(['abort', 'abort', 'exit', 'a', 'abort', 'b'], { children: 1 });
    expect(outcomes).toEqual(['crash:SIGABRT', 'crash:SIGABRT', 'crash:exit 3', 'a done', 'crash:SIGABRT', 'b done']);
  });

  it('kills a child that hangs and names the job', async () => {
    const { outcomes } = await run(['a', 'hang', 'b'], { backstop: 1500 });
    expect(outcomes).toEqual(['a done', 'hang', 'b done']);
  });

  it.each([
    ['among others', ['a', 'traced-abort', 'b', 'c', 'd', 'abort'], 1],
    ['alone', ['traced-abort'], 0],
  ])('knows what the job that ended its process was about to do (%s)', async (_, jobs, position) => {
    const { outcomes, doing } = await run(jobs, { children: 1 });
    expect(outcomes[position]).toBe('crash:SIGABRT');
    // Behind that, Node.js says what it was about.
    expect(doing[position]).toMatch(/^second, ä\|said then/);
    if (jobs.length > 1) expect(doing[jobs.indexOf('abort')]).toMatch(/^\|/);
  });

  it.each(['babble', 'hang'])('is not deceived by what a job writes that nobody asked for (%s)', async (job) => {
    const { outcomes, doing } = await run([job], { backstop: 1500 });
    expect([outcomes[0], doing[0]]).toEqual(['hang', '|']);
  });

  it('does not count the time in which a child gets ready', async () => {
    const { outcomes } = await run(['a', 'b'], { backstop: 1000, children: 1, settings: { slowStart: 2000 } });
    expect(outcomes).toEqual(['a done', 'b done']);
  });

  it('does not wait for what a dead child has left behind', async () => {
    const { outcomes } = await run(['a', 'leaves-child', 'b'], { backstop: 10_000, children: 1 });
    expect(outcomes).toEqual(['a done', 'crash:exit 3', 'b done']);
  });

  it('does not call a job hung that goes on telling what it does', async () => {
    const { outcomes } = await run(['a', 'slow', 'b'], { backstop: 1500, children: 1 });
    expect(outcomes).toEqual(['a done', 'slow done', 'b done']);
  });

  it('repeats the jobs of a child that somebody else kills', async () => {
    const log = newLog();
    const jobs = names(400);
    const killer = setInterval(() => {
      let first: string | undefined;
      try {
        first = readFileSync(log, 'utf8').split(' ')[0];
      } catch {
        return;
      }
      if (first === undefined || first === '') return;
      clearInterval(killer);
      process.kill(Number(first), 'SIGKILL');
    }, 1);
    const { outcomes } = await run(jobs, { settings: { log }, children: 1 });
    clearInterval(killer);
    expect(outcomes).toEqual(jobs.map((name) => `${name} done`));
    const pids = new Set(
      readFileSync(log, 'utf8')
        .split('\n')
        .map((line) => line.split(' ')[0]),
    );
    pids.delete('');
    expect(pids.size, 'the killed child was replaced').toBe(2);
  });

  it('does not blame a job for one death when it was alone', async () => {
    for (const times of [1, 2]) {
      const jobs = ['a', `dies:${times}`, 'b'];
      const { outcomes } = await run(jobs, { settings: { log: newLog() }, children: 1 });
      expect(outcomes).toEqual(jobs.map((name) => `${name} done`));
    }
  });

  it('blames a job that dies alone twice', async () => {
    const { outcomes } = await run(['a', 'dies:3', 'b'], { settings: { log: newLog() }, children: 1 });
    expect(outcomes).toEqual(['a done', 'crash:SIGKILL', 'b done']);
  });

  it('keeps what is done where children no longer start', async () => {
    const { outcomes, about } = await run(['a', 'b', 'abort', 'c', 'd', 'e'], {
      settings: { log: newLog(), brokenAfter: 'abort' },
      children: 1,
    });
    const rest = 'the worker processes die before they are ready (crash:exit 7)';
    expect(outcomes).toEqual(['a done', 'b done', rest, rest, rest, rest]);
    expect(about).toBe('version 1');
  });

  it('goes on with the children there are where no more start', async () => {
    // The other child's first job is the fifth.
    const jobs = ['dies-beside', ...names(40)];
    const { outcomes } = await run(jobs, { settings: { log: newLog(), brokenAfter: 'job3' } });
    expect(outcomes).toEqual(jobs.map((name) => `${name} done`));
  });

  it('rejects where children cannot even start, with what they wrote', async () => {
    await expect(run(names(5), { settings: { broken: true } })).rejects.toThrow(
      /die before they are ready \(crash:exit 7\)\na library cannot be loaded/,
    );
  });
});
