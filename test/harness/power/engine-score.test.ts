import { describe, expect, it } from 'vitest';
import { engineScore, isEngineScoreEnough } from '../../../harness/power/engine-score.ts';
import { engineText } from '../../../reports/power/engine-text.ts';
import { root } from '../../commands/plumbline.ts';

const area = { area: 'stepping', state: 'current', detected: 90, mutants: 100, percent: 90, demanded: true } as const;

describe('isEngineScoreEnough()', () => {
  it('demands 90 % of the sources as they are', () => {
    expect(isEngineScoreEnough([area])).toBe(true);
    expect(isEngineScoreEnough([{ ...area, percent: 89.9 }])).toBe(false);
    expect(isEngineScoreEnough([{ ...area, state: 'stale' }])).toBe(false);
    expect(isEngineScoreEnough([area, { ...area, percent: 10, demanded: false }])).toBe(true);
    expect(isEngineScoreEnough([])).toBe(false);
  });
});

describe('engineScore()', () => {
  it('has every area of the committed record, the demanded ones measured', () => {
    const score = engineScore(root);
    expect(score.filter(({ demanded }) => demanded).map(({ area: name }) => name)).toEqual([
      'row-evaluation',
      'expressions',
      'stepping',
    ]);
    expect(score.every(({ demanded, percent }) => !demanded || percent !== undefined)).toBe(true);
  });
});

describe('engineText()', () => {
  it('says what is stale, and what was not measured', () => {
    const lines = engineText(
      [
        area,
        { ...area, area: 'elf', state: 'stale', demanded: false },
        { area: 'rest', state: 'unmeasured', detected: 0, mutants: 0, demanded: false },
      ],
      (_, text) => text,
    );
    expect(lines.find((line) => line.startsWith('stepping'))).toMatch(/90\.0 % +90 of 100$/);
    expect(lines.find((line) => line.startsWith('elf'))).toMatch(/measured with other sources$/);
    expect(lines.at(-1)).toBe('not measured: rest');
  });
});
