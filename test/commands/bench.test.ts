import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { benchReport } from '../../harness/record/bench.ts';
import { reportOf } from '../harness/bench/report.ts';
import { plumbline, root, temporaryFolder } from './plumbline.ts';

describe('plumbline bench', () => {
  it.each([
    [['--library', '/no/such/library.so'], /library\.so: ENOENT/],
    [['--library', 'package.json'], /package\.json: /],
    [['--compare', '/no/such/base.json'], /cannot read \/no\/such\/base\.json: ENOENT/],
    [['--compare', 'package.json'], /package\.json is no output of plumbline bench --json: schema: /],
    [['--compare', 'README.md'], /cannot read README\.md: /],
    [['--unwinder', '/no/such/module.js'], /cannot load \/no\/such\/module\.js/],
    [['--margin', '-1'], /expected a number from 0 on/],
    [['--margin', 'x'], /expected a number from 0 on/],
    [['--margin', '10'], /--margin needs --compare/],
    [['extra'], /too many arguments/],
  ])('%j is wrong usage: exit status 2 and a message, before anything is measured', async (args, message) => {
    const { status, stdout, stderr } = await plumbline('bench', ...args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('fails with status 1, naming frame and register, where a user’s unwinder is wrong', async () => {
    const file = join(temporaryFolder(), 'own.mjs');
    const example = readFileSync(join(root, 'test', 'bench', 'frame-records.js'), 'utf8');
    writeFileSync(file, example.replace('view.getUint32(offset, true)', 'view.getUint32(offset, true) + 1'));
    const { status, stdout, stderr } = await plumbline('bench', '--quick', '--unwinder', file);
    expect(stderr).toMatch(/frame-records on generated functions: frame 1: expected rip = 0x[0-9a-f]+, found 0x/);
    expect(stdout).toBe('');
    expect(status).toBe(1);
  });

  it('measures a user’s unwinder beside the built-in paths, and compares with a base', {
    timeout: 600_000,
  }, async () => {
    const folder = temporaryFolder();
    const base = join(folder, 'base.json');
    // Nobody is as slow as this base, except that it knows a path which is gone.
    writeFileSync(base, JSON.stringify(reportOf({ 'frame-pointer': 1, cached: 1e6, gone: 1 })));
    const own = join(root, 'test', 'bench', 'frame-records.js');
    const { status, stdout } = await plumbline('bench', '--quick', '--json', '--unwinder', own, '--compare', base);
    const report = benchReport.parse(JSON.parse(stdout));
    expect(report.paths['frame-pointer']).toMatchObject({ ratio: 1 });
    for (const { ratio } of Object.values(report.paths)) expect(ratio).toBeGreaterThan(0);
    expect(report.paths['frame-records']?.description).toBe('follows frame records with a DataView');
    expect(Object.keys(report.bytesPerFrame)).toEqual(Object.keys(report.paths));
    expect(report.ablation.map(({ part }) => part)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(report.series.hitRate[0]?.at).toBe(1);
    const { dwarf, 'compact-stream': stream, ...others } = report.encodings!;
    expect(dwarf).toMatchObject({ uncachedOverDwarf: 1, open: { overDwarf: 1 } });
    for (const { bytes, uncached, cached } of [stream!, ...Object.values(others)]) {
      expect(bytes).toBeLessThan(dwarf!.bytes / 2);
      expect(uncached).toBeGreaterThan(cached);
    }
    expect(report.comparison).toMatchObject({ passed: false, missing: ['gone'] });
    expect(report.comparison?.changes.every(({ worse }) => !worse)).toBe(true);
    expect(report.comparison?.added).toContain('frame-records');
    expect(status).toBe(1);
  });
});
