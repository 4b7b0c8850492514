import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readRecord } from '../../harness/record/index.ts';
import { plumbline, startPlumbline, temporaryFolder, withoutTiming } from './plumbline.ts';

const scenario = ['--seed', '7', '--scenario', 'prologue/s*'];
const recordIn = (folder: string) => readFileSync(join(folder, 'record.jsonl'), 'utf8');

/** Processes whose parent is the given one, from /proc. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        // Behind the command's name in brackets: state, parent.
        const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]) === parent;
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Native libraries a process has mapped. */
function librariesOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8');
  } catch {
    return '';
  }
}

/** Waits until a child of the process has loaded Unicorn. */
async function workingChild(parent: number): Promise<number> {
  for (;;) {
    const child = childrenOf(parent).find((pid) => librariesOf(pid).includes('libunicorn'));
    if (child !== undefined) return child;
    await sleep(5);
  }
}

describe('plumbline run', { timeout: 600_000 }, () => {
  it('writes the same record for any number of processes, even if one is killed half way', async (ctx) => {
    if (!existsSync('/proc/self/maps')) ctx.skip('needs /proc to find a child process');
    const one = temporaryFolder();
    const first = await plumbline('run', ...scenario, '--jobs', '1', '--out', one);
    expect(first.status).toBe(0);

    const two = temporaryFolder();
    const second = startPlumbline('run', ...scenario, '--jobs', '2', '--out', two);
    await workingChild(second.child.pid!);
    const parentLibraries = librariesOf(second.child.pid!);
    expect(parentLibraries, 'the parent loads no native library').not.toMatch(/libunicorn|koffi/);
    expect(parentLibraries).not.toBe('');
    expect((await second.finished).status).toBe(0);

    const killed = temporaryFolder();
    const third = startPlumbline('run', ...scenario, '--jobs', '2', '--out', killed);
    const victim = await workingChild(third.child.pid!);
    await sleep(100);
    process.kill(victim, 'SIGKILL');
    expect(third.child.exitCode, 'the run was still going on').toBeNull();
    expect((await third.finished).status).toBe(0);

    const expected = withoutTiming(recordIn(one));
    expect(withoutTiming(recordIn(two))).toBe(expected);
    expect(withoutTiming(recordIn(killed))).toBe(expected);
    expect(expected).not.toMatch(/timing|seconds/);
  });

  it('writes a record that names the emulator and adds up', async () => {
    const folder = temporaryFolder();
    await plumbline('run', '--quick', '--scenario', 'prologue/push-*', '--out', folder);
    const record = readRecord(recordIn(folder));
    const header = record[0]!;
    if (header.kind !== 'header') throw new Error('no header');
    expect(header.versions.emulator).toMatch(/^Unicorn \d+\.\d+\.\d+$/);
    const final = record.at(-1)!;
    if (final.kind !== 'final') throw new Error('no final line');
    const programs = record.filter((line) => line.kind === 'program');
    for (const totals of final.architectures) {
      const own = programs.filter(({ architecture }) => architecture === totals.architecture);
      expect(totals.stops).toBe(own.reduce((sum, { stops }) => sum + stops, 0));
      expect(totals.programs).toBe(own.length);
      expect(totals.unwinders[0]!.verdicts).toEqual({ pass: totals.stops, fail: 0, missing: 0, error: 0 });
    }
    expect(new Set(programs.map(({ sha256 }) => sha256)).size).toBe(programs.length);
  });

  it('prints one JSON object with --json', async () => {
    const { stdout, status } = await plumbline('run', '--quick', '--scenario', 'prologue/store', '--json');
    expect(status).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary.passed).toBe(true);
    for (const architecture of ['x86-64', 'aarch64']) {
      const { dwarf } = summary.architectures[architecture].unwinders;
      expect(Object.keys(dwarf)).toEqual(
        expect.arrayContaining(['stops', 'distinctPcs', 'rowPairs', 'verdicts', 'executed', 'emitted', 'seconds']),
      );
      expect(dwarf.verdicts.pass).toBe(dwarf.stops);
      expect(dwarf.executed).toBe(dwarf.emitted);
    }
  });

  it('prints a table of at most 100 columns without colours, and writes JUnit XML', async () => {
    const file = join(temporaryFolder(), 'junit.xml');
    const { stdout } = await plumbline('run', '--quick', '--junit', file);
    const lines = stdout.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toMatch(/^ {2}store +all +[\d,]+ +[\d,]+ +[\d,]+ +\d+ k\/s +all pass$/m);
    expect(stdout).toMatch(/^PASS /m);
    const xml = readFileSync(file, 'utf8');
    expect(xml).toContain('<testsuite name="aarch64 prologue/store" tests="14" failures="0"');
  });

  it('runs one stop of one run of one program', async () => {
    const flags = ['--program', '1', '--run', '0', '--stop', '5', '--architecture', 'aarch64', '--unwinder', 'dwarf'];
    const { stdout } = await plumbline('run', '--scenario', 'prologue/store', ...flags, '--json');
    const { architectures } = JSON.parse(stdout);
    expect(Object.keys(architectures)).toEqual(['aarch64']);
    expect(architectures.aarch64.stops).toBe(1);
    expect(Object.keys(architectures.aarch64.unwinders)).toEqual(['dwarf']);
  });

  it('gives other programs for another seed', async () => {
    const digests = async (seed: string) => {
      const folder = temporaryFolder();
      await plumbline('run', '--quick', '--scenario', 'prologue/store', '--seed', seed, '--out', folder);
      return readRecord(recordIn(folder)).flatMap((line) => (line.kind === 'program' ? [line.sha256] : []));
    };
    const [one, again, other] = [await digests('1'), await digests('1'), await digests('2')];
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });
});
