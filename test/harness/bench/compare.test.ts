import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareReports } from '../../../harness/bench/compare.ts';
import { contenders } from '../../../harness/bench/contenders/registry.ts';
import { benchReport } from '../../../harness/record/bench.ts';
import { reportOf } from './report.ts';

const base = reportOf({ 'frame-pointer': 1, header: 60, cached: 8 });

describe('compareReports()', () => {
  it('passes what has stayed as it was, on both stacks', () => {
    const comparison = compareReports(base, base, 0);
    expect(comparison.passed).toBe(true);
    expect(comparison.changes).toHaveLength(6);
    expect(comparison.changes.every(({ change }) => change === 0)).toBe(true);
  });

  it('fails where the base has no paths, or a ratio cannot be told', () => {
    expect(compareReports(reportOf({}), base, 0.5).passed).toBe(false);
    const unknown = reportOf({ 'frame-pointer': 1, header: 60, cached: Number.NaN });
    expect(compareReports(base, unknown, 0.5).passed).toBe(false);
  });

  it('fails a path that is worse by more than the margin, and only that one', () => {
    const now = reportOf({ 'frame-pointer': 1, header: 60, cached: 12.1 });
    const { passed, changes } = compareReports(base, now, 0.5);
    expect(passed).toBe(false);
    expect(changes.filter(({ worse }) => worse).map(({ path, stack }) => `${path} ${stack}`)).toEqual([
      'cached generated',
      'cached library',
    ]);
    expect(changes.find(({ path }) => path === 'cached')?.change).toBeCloseTo(0.5125);
  });

  it('lets a path be worse by up to the margin', () => {
    const now = reportOf({ 'frame-pointer': 1, header: 60, cached: 11.9 });
    expect(compareReports(base, now, 0.5).passed).toBe(true);
    expect(compareReports(base, now, 0.4).passed).toBe(false);
  });

  it('does not punish a faster uncached path, though a hit then saves less', () => {
    const now = reportOf({ 'frame-pointer': 1, header: 20, cached: 8 });
    const { passed, uncachedOverCached } = compareReports(base, now, 0.1);
    expect(passed).toBe(true);
    expect(uncachedOverCached).toEqual({ base: 7.5, now: 2.5 });
  });

  it('fails where a path of the base was not measured', () => {
    const { passed, missing } = compareReports(base, reportOf({ 'frame-pointer': 1, cached: 8 }), 0.5);
    expect(passed).toBe(false);
    expect(missing).toEqual(['header']);
  });

  it('names paths the base does not know, and does not judge them', () => {
    const now = reportOf({ 'frame-pointer': 1, header: 60, cached: 8, mine: 900 });
    const { passed, added } = compareReports(base, now, 0.1);
    expect(passed).toBe(true);
    expect(added).toEqual(['mine']);
  });

  it('compares only the stack of generated functions where the libraries differ, and says so', () => {
    const now = reportOf({ 'frame-pointer': 1, header: 60, cached: 8 }, 'libother.so');
    const { changes, note } = compareReports(base, now, 0.5);
    expect(changes.map(({ stack }) => stack)).toEqual(['generated', 'generated', 'generated']);
    expect(note).toMatch(/another library/);
  });

  it('gives what the schema of the report allows', () => {
    const { library: _, ...without } = base;
    const comparison = compareReports(base, without, 0.5);
    expect(benchReport.parse({ ...without, comparison: JSON.parse(JSON.stringify(comparison)) })).toBeDefined();
  });
});

describe('the base of this repository’s CI', () => {
  it('is a report of all built-in paths', () => {
    const file = new URL('../../bench/base.json', import.meta.url);
    const committed = benchReport.parse(JSON.parse(readFileSync(file, 'utf8')));
    const names = [...contenders.map(({ name }) => name), 'capture-32'];
    expect(Object.keys(committed.paths).toSorted()).toEqual(names.toSorted());
  });
});
