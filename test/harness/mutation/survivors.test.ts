import { describe, expect, it } from 'vitest';
import { countMutants, parseReport, type Survivor, survivorsOf } from '../../../harness/mutation/stryker-report.ts';
import { type ExplainedSurvivor, explainSurvivors } from '../../../harness/mutation/survivors.ts';

const file = 'engine/row/row.ts';
const source = ['function f(a: number) {', '  if (a > 1) {', '    return 2;', '  }', '}'].join('\n');

const mutant = (status: string, replacement: string, start: [number, number], end: [number, number]) => ({
  id: '1',
  mutatorName: 'ConditionalExpression',
  status,
  replacement,
  location: { start: { line: start[0], column: start[1] }, end: { line: end[0], column: end[1] } },
});

const report = (mutants: unknown[]) =>
  parseReport(JSON.stringify({ framework: { version: '9.6.1' }, files: { [file]: { source, mutants } } }));

describe('Stryker’s report', () => {
  const some = report([
    mutant('Survived', '{}', [2, 14], [4, 4]),
    mutant('NoCoverage', 'a >= 1', [2, 7], [2, 12]),
    mutant('Killed', 'false', [2, 7], [2, 12]),
    mutant('Killed', 'true', [2, 7], [2, 12]),
    mutant('Timeout', 'a < 1', [2, 7], [2, 12]),
    mutant('CompileError', 'a', [2, 7], [2, 12]),
  ]);

  it('is counted as Stryker counts', () => {
    expect(countMutants(some)).toEqual({ killed: 2, timedOut: 1, survived: 1, notCovered: 1 });
  });

  it('shows what each undetected mutant replaced', () => {
    expect(survivorsOf(some)).toEqual([
      { file, line: 2, code: 'if (a > 1) {', mutant: '{ return 2; } → {}' },
      { file, line: 2, code: 'if (a > 1) {', mutant: 'a > 1 → a >= 1' },
    ]);
  });

  it('of another shape is told', () => {
    expect(() => report([{ status: 'Vanished' }])).toThrow('mutants');
  });
});

describe('reasons', () => {
  const survivor = (line: number, change: string, of = file): Survivor => ({
    file: of,
    line,
    code: `code ${change}`,
    mutant: change,
  });
  const list: ExplainedSurvivor[] = [
    { ...survivor(7, 'a → b'), why: 'equivalent' },
    { ...survivor(8, 'gone'), why: 'was killed since' },
    { ...survivor(9, 'x → y', 'engine/walker.ts'), why: 'of another area' },
  ];

  it('stay with their mutant where its line has moved, and go with it', () => {
    const now = explainSurvivors(list, ['row-evaluation'], [survivor(17, 'a → b'), survivor(18, 'new')]);
    expect(now.map(({ line, why }) => [line, why])).toEqual([
      [17, 'equivalent'],
      [18, ''],
      [9, 'of another area'],
    ]);
  });

  it('are empty for a mutant of another line of the same text elsewhere', () => {
    expect(
      explainSurvivors(list, ['stepping'], [survivor(7, 'a → b', 'engine/step.ts')]).map(({ why }) => why),
    ).toEqual(['equivalent', 'was killed since', '']);
  });
});
