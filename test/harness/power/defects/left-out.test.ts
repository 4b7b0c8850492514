import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDefects } from '../../../../harness/defects/defect.ts';
import { packageFolder } from '../../../../harness/package-folder.ts';
import { LeftOutError, readLeftOut } from '../../../../harness/power/defects/left-out.ts';

describe('readLeftOut()', () => {
  it('lists no bug that a patch plants, each once and with a reason', () => {
    const folder = join(packageFolder(), 'test', 'defects');
    const list = readLeftOut(folder);
    const planted = new Set(readDefects(folder).map(({ number }) => number));
    expect(list.filter(({ number }) => planted.has(number))).toEqual([]);
    expect(new Set(list.map(({ number }) => number)).size).toBe(list.length);
    expect(list.filter(({ reason }) => reason.length < 20)).toEqual([]);
  });

  it.each([
    ['no JSON', '[{'],
    ['no list', '{}'],
    ['without a reason', '[{ "number": 1, "seenIn": "somewhere" }]'],
    ['with more than is known', '[{ "number": 1, "seenIn": "somewhere", "reason": "none", "because": 1 }]'],
  ])('names the file that is %s', (_, text) => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-test-'));
    writeFileSync(join(folder, 'left-out.json'), text);
    expect(() => readLeftOut(folder)).toThrow(LeftOutError);
    expect(() => readLeftOut(folder)).toThrow(join(folder, 'left-out.json'));
  });
});
