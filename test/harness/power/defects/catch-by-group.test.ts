import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { damage } from '../../../../harness/defects/damaged-copy.ts';
import { readDefects } from '../../../../harness/defects/defect.ts';
import { catchByGroup } from '../../../../harness/power/defects/catch-by-group.ts';
import { suiteScenarios } from '../../../../harness/runner/suite-scenarios.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const defects = readDefects(join(root, 'test', 'defects'));
const names = ['prologue/store', 'rules/val-offset', 'container/eh-frame-alone'];
const scenarios = suiteScenarios().filter(({ name }) => names.includes(name));

async function groupsOf(number: number): Promise<string[]> {
  const defect = defects.find((one) => one.number === number)!;
  const { groups } = await catchByGroup(root, defect, damage(root, defect), scenarios, '1', new Set());
  return [...groups.keys()].sort();
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
