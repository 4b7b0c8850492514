import { describe, expect, it } from 'vitest';
import { CfiTally } from '../../../../harness/power/cfi/cfi-tally.ts';
import { isCfiPowerEnough } from '../../../../harness/power/cfi/measure-cfi-mutants.ts';
import { cfiPower } from '../../../../harness/record/power.ts';
import { cfiText } from '../../../../reports/power/cfi-text.ts';

const job = (scenario: string) => ({ architecture: 'x86-64', scenario, index: 0 }) as const;

function report(caught: number) {
  const tally = new CfiTally(['dropped', 'later', 'sign']);
  const many = Array.from({ length: caught }, () => ({ operator: 'dropped', outcome: 'caught' }) as const);
  tally.add(job('a/one'), { mutants: [...many, { operator: 'later', outcome: 'equivalent' }] });
  tally.add(job('b/two'), { mutants: [{ operator: 'dropped', outcome: 'missed', message: 'this one' }] });
  tally.add(job('b/three'), { unsayable: 'raw bytes' });
  return tally;
}

describe('CfiTally', () => {
  it('counts by operator and by group, and names what was missed', () => {
    const power = report(3).report();
    expect(cfiPower.parse(power)).toEqual(power);
    expect(power).toMatchObject({ programs: 2, caught: 3, missed: 1, equivalent: 1, share: 0.75 });
    expect(power.operators.map(({ name, caught, missed }) => [name, caught, missed])).toEqual([
      ['dropped', 3, 1],
      ['later', 0, 0],
    ]);
    expect(power.groups.map(({ name, caught, missed }) => [name, caught, missed])).toEqual([
      ['a', 3, 0],
      ['b', 0, 1],
    ]);
    const text = cfiText(power).join('\n');
    expect(text).toContain('3 of 4 faults that do harm are caught at the first PC they harm: 75.00 %');
    expect(text).toContain('missed: b/two#0 x86-64: this one');
    expect(text).toContain('left out: 1 program: raw bytes');
  });

  it('has enough from 99.5 % on, if every program could be judged', () => {
    expect(isCfiPowerEnough(report(198).report())).toBe(false);
    expect(isCfiPowerEnough(report(199).report())).toBe(true);
    const tally = report(199);
    tally.add(job('c/four'), { problem: 'crash:SIGABRT' });
    expect(isCfiPowerEnough(tally.report())).toBe(false);
    expect(isCfiPowerEnough(new CfiTally([]).report())).toBe(false);
  });
});
