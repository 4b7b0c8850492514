import { describe, expect, it } from 'vitest';
import { compareReports } from '../../harness/bench/compare.ts';
import { benchReport } from '../../harness/record/bench.ts';
import { benchText, comparisonText } from '../../reports/bench/index.ts';
import { styleFor } from '../../reports/terminal/index.ts';
import { reportOf } from '../harness/bench/report.ts';

const plain = styleFor(false);
const report = benchReport.parse(reportOf({ 'frame-pointer': 1, naive: 2500, header: 60, cached: 8 }));

describe('benchText()', () => {
  const text = benchText(report, plain);
  const lines = text.split('\n');

  it('has a line per path with its ratio and quartiles on both stacks, time and bytes', () => {
    expect(lines.find((line) => line.startsWith('cached'))?.split(/ {2,}/)).toEqual([
      'cached',
      '8.00',
      '7.20–8.80',
      '16.0',
      '14.4–17.6',
      '32.0',
      '0',
    ]);
    expect(lines.find((line) => line.startsWith('naive'))).toMatch(/ 2,500 .* 14,000$/);
  });

  it('shows what each part brings, and in what unit', () => {
    expect(text).toMatch(/^2 rule cache +8\.00 +64\.0 +8\.00×$/m);
    expect(text).toMatch(/^7 rule sets interned +2\.00 B +70\.0 B +35\.0×$/m);
  });

  it('shows the rewrite, the series, native unwinders or why not, and the whole section', () => {
    expect(text).toMatch(/^full walk +200 +8\.00 +25\.0$/m);
    expect(text).toMatch(/^1,000,000 functions +8\.00 +80\.0$/m);
    expect(text).toMatch(/^libgcc +4\.50 +81\.0$/m);
    expect(text).toMatch(/^elfutils +- +elfutils is not installed$/m);
    expect(text).toContain('860,973 rows of 94,994 FDEs of libsome.so.1');
    expect(text).toContain('readelf 2.40: 600 ms, 15.0 times as long');
  });

  it('shows what walking from each encoding costs, opening it, and its size', () => {
    const row = (name: string) =>
      lines
        .filter((line) => line.startsWith(name))
        .at(-1)
        ?.split(/ {2,}/);
    expect(row('dwarf')).toEqual(['dwarf', '240', '1.00', '9.00', '4.00', '1.00', '5,794,296']);
    expect(row('compact-stream')).toEqual(['compact-stream', '120', '0.50', '9.50', '10.0', '2.50', '378,852']);
  });

  it('leaves out what was not measured', () => {
    const { library: _, section: __, encodings: ____, ...rest } = report;
    const { library: ___, ...stacks } = rest.stacks;
    const paths = Object.fromEntries(
      Object.entries(rest.paths).map(([name, path]) => [
        name,
        { ...path, stacks: { generated: path.stacks.generated } },
      ]),
    );
    const without = benchText({ ...rest, stacks, paths }, plain);
    expect(without).not.toContain('library');
    expect(without).not.toContain('readelf');
    expect(without).not.toContain('compact-stream');
  });

  it('fits 100 columns', () => {
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(100);
  });
});

describe('comparisonText()', () => {
  it('marks what is worse and says that it failed', () => {
    const now = reportOf({ 'frame-pointer': 1, header: 60, cached: 16, mine: 3 });
    const text = comparisonText(compareReports(report, now, 0.5), plain);
    expect(text).toMatch(/^cached +generated +8\.00 +16\.00 +\+100 % +worse$/m);
    expect(text).toMatch(/^header +library +120\.00 +120\.00 +\+0 %$/m);
    expect(text).toContain('naive is in the base, but was not measured');
    expect(text).toContain('mine is not in the base');
    expect(text).toContain('7.5 times in the base, 3.8 times now (not judged)');
    expect(text).toMatch(/^FAIL: the margin is 50 %$/m);
  });

  it('says that all is well', () => {
    expect(comparisonText(compareReports(report, report, 0.5), plain)).toMatch(/^PASS: /m);
  });
});
