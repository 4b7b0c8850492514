import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { areaOf, areas } from '../../harness/mutation/areas.ts';
import { readScore } from '../../harness/mutation/score.ts';
import { summarizeScore } from '../../harness/mutation/summary.ts';
import { readSurvivors } from '../../harness/mutation/survivors.ts';
import { root } from '../commands/plumbline.ts';

const explained = areas.filter((area) => area.explained).map(({ name }) => name);

describe('the committed mutation score', () => {
  it('is at least 90 % of row evaluation, expressions and stepping', () => {
    const summary = summarizeScore(root).filter((one) => one.explained);
    expect(summary.map(({ area }) => area)).toEqual(['row-evaluation', 'expressions', 'stepping']);
    for (const { area, percent } of summary) expect(percent, area).toBeGreaterThanOrEqual(90);
  });

  it('names lines that the sources have, where they are those that were measured', () => {
    const current = summarizeScore(root).filter(({ state }) => state === 'current');
    const survivors = readSurvivors(root).filter(({ file }) => current.some(({ area }) => area === areaOf(file)?.name));
    for (const { file, line, code } of survivors) {
      expect(readFileSync(join(root, file), 'utf8').split('\n')[line - 1]?.trim(), `${file}:${line}`).toBe(code);
    }
  });

  it('says of each of their survivors why it survives', () => {
    const survivors = readSurvivors(root);
    expect(survivors.filter(({ why }) => why.length < 20)).toEqual([]);
    for (const name of explained) {
      const score = readScore(root)?.areas.find(({ area }) => area === name);
      expect(
        survivors.filter(({ file }) => areaOf(file)?.name === name),
        name,
      ).toHaveLength(score === undefined ? 0 : score.survived + score.notCovered);
    }
  });
});
