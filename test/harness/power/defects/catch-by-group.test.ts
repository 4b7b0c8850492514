import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { damage } from '../../../../harness/defects/damaged-copy.ts';
import { readDefects } from '../../../../harness/defects/defect.ts';
import { catchByGroup } from '../../../../harness/power/defects/catch-by-group.ts';
import { confirmAlone } from '../../../../harness/power/defects/confirm-alone.ts';
import { suiteScenarios } from '../../../../harness/runner/suite-scenarios.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const defects = readDefects(join(root, 'test', 'defects'));
const names = ['prologue/store', 'rules/val-offset', 'container/eh-frame-alone'];
const scenarios = suiteScenarios().filter(({ name }) => names.includes(name));

async function catches(number: number) {
  const defect = defects.find((one) => one.number === number)!;
  const files = damage(root, defect);
  return { files, catches: await catchByGroup(root, defect, files, scenarios, '1') };
}

async function groupsOf(number: number): Promise<string[]> {
  return [...(await catches(number)).catches.groups.keys()].sort();
}

describe('catchByGroup()', () => {
  it('finds every group whose programs show a defect', { timeout: 120_000 }, async () => {
    expect(scenarios.map(({ name }) => name).sort()).toEqual([...names].sort());
    // val_offset unknown: nothing else has such rules.
    expect(await groupsOf(54)).toEqual(['rules']);
    // Reported PCs are one too low: every call shows that.
    expect(await groupsOf(10)).toEqual(['container', 'prologue', 'rules']);
  });
});

describe('confirmAlone()', () => {
  it('passes over a defect that other programs show, too', { timeout: 120_000 }, async () => {
    const [common, own] = [await catches(10), await catches(54)];
    // As if no quick program of the other groups had shown it.
    for (const group of ['container', 'prologue']) common.catches.groups.delete(group);
    expect(await confirmAlone(root, 'rules', [common, own], scenarios, '1', new Set())).toBe(54);
    expect([...common.catches.groups.keys()].sort()).not.toEqual(['rules']);
    expect([...own.catches.groups.keys()]).toEqual(['rules']);
    expect(await confirmAlone(root, 'rules', [common], scenarios, '1', new Set())).toBeUndefined();
  });
});
