import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from 'sarif';
import { describe, expect, it } from 'vitest';
import { cfi } from '../../generators/cfi/index.ts';
import { sample } from '../harness/check/damage.ts';
import { mainHere } from './main-here.ts';
import { plumbline, temporaryFolder } from './plumbline.ts';

const folder = temporaryFolder();

function written(name: string, bytes: Uint8Array | string): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

const object = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/cfi/objects/x86-64/${name}.o`, import.meta.url));
const exec = (name: string, ...flags: string[]) => plumbline('exec', object(name), '--function', '_start', ...flags);

describe('plumbline exec, with findings', () => {
  it('names the directive, and where it belongs', async () => {
    const { status, stdout } = await exec('run-1-drop');
    expect(stdout).toMatch(/^wrong-cfa: run\+0x1: the CFA is wrong$/m);
    expect(stdout).toMatch(/^ {2}mend {3}after 0x\w+ \(push rbx\): add \.cfi_adjust_cfa_offset 8$/m);
    expect(stdout).toMatch(/^FAIL {2}1 finding$/m);
    expect(status).toBe(1);
  });

  it('fails only for what the baseline does not list, and tells what is gone', async () => {
    const baseline = join(folder, 'exec-baseline.json');
    const first = await exec('run-1-drop', '--write-baseline', baseline);
    expect(first.status).toBe(0);
    const same = await exec('run-1-drop', '--baseline', baseline);
    expect([same.status, same.stdout]).toEqual([
      0,
      expect.stringMatching(/^baseline: 0 new findings, 1 known, 0 gone$/m),
    ]);
    expect(same.stdout).toMatch(/^wrong-cfa: (?:.|\n)+^ {2}known by the baseline$/m);
    expect(first.stdout).toMatch(/^ {2}known by the baseline$/m);
    const other = await exec('run-3-drop', '--baseline', baseline);
    expect(other.stdout).not.toContain('known by');
    expect(other.stdout).toMatch(/^FAIL {2}1 new finding$/m);
    expect(other.status).toBe(1);
    expect(other.stdout).toMatch(/^baseline: 1 new finding, 0 known, 1 gone\n {2}gone: wrong-cfa in run$/m);
    const right = await exec('right', '--baseline', baseline, '--json');
    expect(right.status).toBe(0);
    expect(JSON.parse(right.stdout)).toMatchObject({ passed: true, findings: [], gone: [{ kind: 'wrong-cfa' }] });
  });

  it('finds out before it runs what it cannot read or write, and leaves alone what is there', async () => {
    const baseline = written('kept.json', 'kept');
    for (const flags of [
      ['--write-baseline', baseline, '--sarif', join(baseline, 'below')],
      ['--write-baseline', baseline, '--baseline', join(folder, 'missing.json')],
      ['--write-baseline', baseline, '--sarif', folder],
      ['--write-baseline', baseline, '--sarif', baseline],
    ]) {
      const { status, stdout, stderr } = await mainHere('exec', object('right'), '--function', '_start', ...flags);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(
        /^plumbline: (cannot write .*(below|EISDIR)|.*missing\.json: |--sarif and --write-baseline)/,
      );
    }
    expect(readFileSync(baseline, 'utf8')).toBe('kept');
  });

  it('writes SARIF', async () => {
    const file = join(folder, 'exec.sarif');
    await exec('spill-2-drop', '--sarif', file);
    const { runs } = JSON.parse(readFileSync(file, 'utf8')) as Log;
    expect(runs[0]!.results).toHaveLength(1);
    expect(runs[0]!.results![0]).toMatchObject({
      ruleId: 'wrong-register',
      message: { text: expect.stringMatching(/To mend it, after 0x\w+ \(mov .*\): add \.cfi_offset %r14, -32\./) },
    });
    expect(runs[0]!.results![0]).not.toHaveProperty('baselineState');
  });
});

describe('plumbline check, with findings', () => {
  const wrong = written('wrong', sample('aarch64', { placed: [[4, cfi.restoreState()]] }));
  const right = written('right', sample('aarch64'));

  it('fails only for what the baseline does not list, wherever the code lies', async () => {
    const baseline = join(folder, 'check-baseline.json');
    expect((await plumbline('check', wrong, '--write-baseline', baseline)).status).toBe(0);
    const moved = written('moved', sample('aarch64', { placed: [[4, cfi.restoreState()]], textAddress: 0x50_1000n }));
    const known = await plumbline('check', moved, '--baseline', baseline);
    expect([known.status, known.stdout]).toEqual([
      0,
      expect.stringMatching(/^baseline: 0 new findings, 1 known, 0 gone$/m),
    ]);
    const gone = await plumbline('check', right, '--baseline', baseline);
    expect([gone.status, gone.stdout]).toEqual([0, expect.stringMatching(/gone: state-unbalanced in f/)]);
    const more = written('more', sample('aarch64', { placed: [[4, cfi.raw(0x26)]] }));
    expect((await plumbline('check', wrong, more, '--baseline', baseline)).status).toBe(1);
  });

  it('writes SARIF that says what is new', async () => {
    const baseline = join(folder, 'empty-baseline.json');
    const file = join(folder, 'check.sarif');
    await plumbline('check', right, '--write-baseline', baseline);
    expect((await plumbline('check', wrong, '--baseline', baseline, '--sarif', file)).status).toBe(1);
    const { runs } = JSON.parse(readFileSync(file, 'utf8')) as Log;
    expect(runs[0]!.results).toMatchObject([{ ruleId: 'state-unbalanced', level: 'error', baselineState: 'new' }]);
  });

  it('leaves no empty file behind where it cannot make one', async () => {
    const file = join(folder, 'never.json');
    const { status } = await plumbline('check', right, join(folder, 'missing'), '--write-baseline', file);
    expect([status, existsSync(file)]).toEqual([2, false]);
  });

  it('cannot use a baseline that is none: exit status 2', async () => {
    for (const [file, message] of [
      [join(folder, 'missing.json'), /ENOENT/],
      [written('text.json', 'no JSON'), /is no baseline/],
      [written('other.json', '{"schema":"plumbline-baseline/0","findings":[]}'), /is no baseline: .*schema/s],
    ] as const) {
      const { status, stderr } = await plumbline('check', right, '--baseline', file);
      expect(stderr).toMatch(message);
      expect(status).toBe(2);
    }
  });
});
