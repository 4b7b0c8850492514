import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, start, temporaryFolder } from './plumbline.ts';

const defects = (...args: string[]) =>
  start(process.execPath, [join(root, 'harness', 'setup', 'run.js'), 'defects', ...args]).finished;

function patchFolder(change: string): string {
  const folder = temporaryFolder();
  const header = 'Title: A test\nSeen-In: nowhere\nCaught-By: prologue/store\n\n';
  writeFileSync(join(folder, '01-test.patch'), header + change);
  return folder;
}

describe('npm run defects', { timeout: 300_000 }, () => {
  it('shows the scenario that catches a defect, its first divergence and that the undamaged engine passes', async () => {
    const { status, stdout } = await defects('41');
    expect(stdout).toMatch(/^✓ 41 DW_CFA_restore of a register the CIE does not mention makes it undefined/);
    expect(stdout).toMatch(/caught by rules\/restore-without-initial#0 on x86-64 \(dwarf, run \d+, stop \d+, pc 0x/);
    expect(stdout).toMatch(/frame 1: r\w+ is not known, expected 0x/);
    expect(stdout).toMatch(/✓ control: the undamaged engine passes \d+ programs/);
    expect(stdout).toContain('1 of 1 defects caught');
    expect(status).toBe(0);
  });

  it('fails before anything runs where a patch does not apply', async () => {
    const change = '--- a/engine/walker.ts\n+++ b/engine/walker.ts\n@@ -1 +1 @@\n-not there\n+neither\n';
    const { status, stdout, stderr } = await defects('--patches', patchFolder(change));
    expect(stderr).toContain('✗ 01-test.patch: hunk 1 does not apply to engine/walker.ts: its lines are not there');
    expect(stdout).toBe('');
    expect(status).toBe(1);
  });

  it('refuses numbers and flags it does not know', async () => {
    const number = await defects('999');
    expect(number.stderr).toMatch(/there is no defect 999; there are 1 2 3 /);
    const numbers = number.stderr.trim().split(' there are ')[1]!.split(' ');
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(number.status).toBe(2);
    expect((await defects('--frobnicate')).status).toBe(2);
  });
});
