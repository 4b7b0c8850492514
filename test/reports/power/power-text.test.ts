import { describe, expect, it } from 'vitest';
import type { DefectPower, PowerReport } from '../../../harness/record/power.ts';
import { powerText } from '../../../reports/power/index.ts';

const caught = { scenario: 'a/b', index: 0, architecture: 'x86-64', unwinder: 'dwarf', message: 'wrong' };
const defects: DefectPower = {
  defects: [
    { number: 1, title: 'It is wrong', seenIn: 'here #1', caught, groups: ['a'] },
    { number: 2, title: 'It is wrong, too', seenIn: 'there #2', groups: [] },
  ],
  leftOut: [{ number: 5, seenIn: 'elsewhere #5', reason: `a leak is no wrong answer ${'and more '.repeat(20)}` }],
  groups: [
    { group: 'a', scenarios: 3, catches: [1], alone: [1], confirmed: 1 },
    { group: 'b', scenarios: 2, catches: [2], alone: [2] },
    { group: 'random', scenarios: 1, catches: [], alone: [] },
  ],
  uncounted: ['random'],
};
const report: PowerReport = { schema: 'plumbline-power/2', seed: '1', passed: false, defects };

describe('powerText()', () => {
  const lines = powerText(report, (_, text) => text).split('\n');

  it('names what nobody shows, and the groups that show nothing alone', () => {
    expect(lines).toContain('✗ 1 of 2 known bugs, planted one by one, are shown');
    expect(lines).toContain('    2 It is wrong, too (there #2)');
    expect(lines.find((line) => line.startsWith('✓ a '))).toMatch(/ 3 +1 +1 +1 It is wrong$/);
    // By quick programs only.
    expect(lines.find((line) => line.startsWith('✗ b '))).toMatch(/ 2 +1 +1 +2$/);
    expect(lines.find((line) => line.includes('random'))).toMatch(/^✓ random +1 +0 +-$/);
    expect(lines.at(-2)).toBe('FAIL');
  });

  it('says why bugs are not planted, in lines of at most 100 columns', () => {
    expect(lines.some((line) => line.startsWith('    5 elsewhere #5: a leak is no wrong answer'))).toBe(true);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('says of some bugs only which groups show them', () => {
    const some = powerText({ ...report, defects: { ...defects, only: [1, 2] } }, (_, text) => text).split('\n');
    expect(some).toContain('    1 It is wrong: a');
    expect(some).toContain('    2 It is wrong, too: no group');
    expect(some.some((line) => line.includes('random') || line.includes('elsewhere'))).toBe(false);
  });
});
