import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { damage } from '../../../harness/defects/damaged-copy.ts';
import { readDefects } from '../../../harness/defects/defect.ts';
import { searchOrder } from '../../../harness/defects/search.ts';
import { planPrograms } from '../../../harness/runner/plan.ts';
import { suiteScenarios } from '../../../harness/runner/suite-scenarios.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const defects = readDefects(join(root, 'test', 'defects'));
const scenarios = suiteScenarios();

describe('the known defects', () => {
  it.each(defects)('$file applies to the sources as they are and changes what it compiles to', (defect) => {
    for (const { path, source, compiled } of damage(root, defect)) {
      expect(source).not.toBe(readFileSync(join(root, path), 'utf8'));
      expect(compiled).not.toMatch(/from '[^']*\.ts'/);
    }
  });

  it.each(defects)('$file names scenarios there are', ({ caughtBy }) => {
    for (const name of caughtBy) expect(scenarios.map((scenario) => scenario.name)).toContain(name);
  });

  it('have names of their own', () => {
    expect(new Set(defects.map(({ title }) => title)).size).toBe(defects.length);
  });
});

describe('readDefects()', () => {
  const hunk = '--- a/engine/cursor.ts\n+++ b/engine/cursor.ts\n@@ -1 +1 @@\n-a\n+b\n';
  const read = (name: string, text: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-test-'));
    writeFileSync(join(folder, name), text);
    return readDefects(folder);
  };
  const header = 'Title: It is wrong\nSeen-In: somewhere #1\nCaught-By: prologue/store, rules/register\n\n';

  it('reads what a patch says of itself', () => {
    expect(read('07-it.patch', header + hunk)[0]).toMatchObject({
      number: 7,
      file: '07-it.patch',
      title: 'It is wrong',
      seenIn: 'somewhere #1',
      caughtBy: ['prologue/store', 'rules/register'],
    });
  });

  it.each([
    ['without a title', '1-a.patch', hunk, '1-a.patch: expected a line "Title: …"'],
    ['without a number', 'a.patch', header + hunk, 'a.patch: expected a name that begins with the number'],
    [
      'of something else than the engine',
      '1-a.patch',
      header + hunk.replaceAll('engine/cursor.ts', 'engine/../harness/stop.ts'),
      'expected changes of engine/*.ts or generators/*.ts, found engine/../harness/stop.ts',
    ],
  ])('refuses a patch %s', (_, name, text, message) => {
    expect(() => read(name, text)).toThrow(message);
  });

  it('refuses a folder without patches', () => {
    expect(() => read('readme.txt', '')).toThrow('has no *.patch');
  });
});

describe('damage()', () => {
  it('throws where the result is no TypeScript', () => {
    const [defect] = defects;
    const line = 'export class RowApplier {';
    const patch = { path: 'engine/row/row-applier.ts', hunks: [{ start: 1, before: [line], after: [`${line} =`] }] };
    expect(() => damage(root, { ...defect!, patches: [patch] })).toThrow(
      /^01-.*: engine\/row\/row-applier\.ts does not compile/,
    );
  });
});

describe('damage() of a file that is gone', () => {
  it('throws', () => {
    const patch = { path: 'engine/gone.ts', hunks: [] };
    expect(() => damage(root, { ...defects[0]!, patches: [patch] })).toThrow(/^01-.*: engine\/gone\.ts does not exist/);
  });
});

describe('searchOrder()', () => {
  it('has every program of the full suite once, those of the expected scenarios first', () => {
    const order = searchOrder(scenarios, ['rules/register', 'signal/nested']);
    const name = ({ architecture, scenario, index }: (typeof order)[number]) => `${architecture} ${scenario}#${index}`;
    expect(order.map(name).sort()).toEqual(planPrograms(scenarios, { mode: 'full' }).map(name).sort());
    const likely = scenarios.filter((scenario) => ['rules/register', 'signal/nested'].includes(scenario.name));
    const [quick, full] = (['quick', 'full'] as const).map((mode) => planPrograms(likely, { mode }).map(name));
    expect(order.slice(0, quick!.length).map(name)).toEqual(quick);
    expect(order.slice(0, full!.length).map(name).sort()).toEqual(full!.sort());
  });
});
