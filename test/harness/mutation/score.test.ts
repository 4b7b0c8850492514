import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { areas } from '../../../harness/mutation/areas.ts';
import {
  type AreaScore,
  percentDetected,
  readScore,
  scorePath,
  scoreState,
  sourcesDigest,
  writeScore,
} from '../../../harness/mutation/score.ts';
import { summarizeScore, summaryText } from '../../../harness/mutation/summary.ts';

let root = '';
const files = ['engine/row/row.ts', 'engine/row/other.ts'];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'plumbline-mutation-'));
  mkdirSync(join(root, 'engine', 'row'), { recursive: true });
  mkdirSync(join(root, 'test', 'mutation'), { recursive: true });
  for (const file of files) writeFileSync(join(root, file), `// ${file}`);
});

const score = (area: string, killed: number): AreaScore => ({
  area,
  sources: sourcesDigest(root, [...files].sort()),
  killed,
  timedOut: 1,
  survived: 2,
  notCovered: 3,
});

describe('the score', () => {
  it('is detected mutants of all, in percent', () => {
    expect(percentDetected(score('row-evaluation', 14))).toBe(75);
    expect(percentDetected({ ...score('stepping', 0), timedOut: 0, survived: 0, notCovered: 0 })).toBe(100);
  });

  it('is not there before something was measured', () => {
    expect(readScore(root)).toBeUndefined();
  });

  it('keeps other areas when one is measured again, in the order of areas', () => {
    writeScore(root, '9.6.1', [score('stepping', 10), score('elf', 11)]);
    writeScore(root, '9.6.1', [score('elf', 12), score('row-evaluation', 13)]);
    expect(readScore(root)).toEqual({
      schema: 'plumbline-mutation/1',
      stryker: '9.6.1',
      areas: [score('row-evaluation', 13), score('stepping', 10), score('elf', 12)],
    });
  });

  it('is stale once a source of its area has changed', () => {
    const measured = score('row-evaluation', 13);
    expect(scoreState(root, measured)).toBe('current');
    writeFileSync(join(root, files[0]!), '// changed');
    expect(scoreState(root, measured)).toBe('stale');
    expect(scoreState(root, { ...measured, area: 'an area of former days' })).toBe('stale');
  });

  it('is summed up for every area, measured or not', () => {
    writeScore(root, '9.6.1', [
      score('row-evaluation', 14),
      { ...score('expressions', 17), sources: 'of another engine' },
    ]);
    const summary = summarizeScore(root);
    expect(summary.map(({ area }) => area)).toEqual(areas.map(({ name }) => name));
    expect(summary.slice(0, 3).map(summaryText)).toEqual([
      'row-evaluation    75.0 %  15 of 20 mutants detected',
      'expressions       78.3 %  18 of 23 mutants detected, measured for another engine',
      'stepping               –  not measured',
    ]);
  });

  it.each([
    ['{', 'is not JSON'],
    ['{"schema": "plumbline-mutation/1", "stryker": "9", "areas": [{"area": "elf"}]}', 'areas.0'],
    ['{"schema": "plumbline-mutation/2", "stryker": "9", "areas": []}', 'schema'],
  ])('that is malformed is told: %s', (text, problem) => {
    writeFileSync(scorePath(root), text);
    expect(() => readScore(root)).toThrow(problem);
  });
});
