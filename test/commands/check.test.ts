import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cfi } from '../../generators/cfi/index.ts';
import { checkReport } from '../../harness/record/check.ts';
import { sample } from '../harness/check/damage.ts';
import { plumbline, temporaryFolder } from './plumbline.ts';

const folder = temporaryFolder();

function written(name: string, bytes: Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

const right = written('right', sample('x86-64'));
const wrong = written('wrong', sample('aarch64', { placed: [[4, cfi.restoreState()]] }));
const warned = written('warned', sample('aarch64', { placed: [[4, cfi.rememberState()]] }));

describe('plumbline check', () => {
  it('exits with 0 where nothing is wrong, also with warnings, and with 1 for an error', async () => {
    const { status, stdout } = await plumbline('check', right, warned);
    expect(status).toBe(0);
    expect(stdout).toMatch(/✓ nothing wrong found[\s\S]*! state-left {2}1 ×/);
    const failed = await plumbline('check', right, wrong);
    const unread = await plumbline('check', join(temporaryFolder(), 'none'), wrong);
    expect(unread.stdout).toBe(failed.stdout.slice(failed.stdout.indexOf(wrong)));
    expect(unread.stderr).toMatch(/none: ENOENT/);
    expect(unread.status).toBe(2);
    expect(failed.status).toBe(1);
    expect(failed.stdout).toMatch(/✗ state-unbalanced {2}1 ×[\s\S]*\.eh_frame\+0x\w+ {2}0x401000 <f>/);
    expect(Math.max(...failed.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('prints one JSON object', async () => {
    const { status, stdout } = await plumbline('check', right, wrong, '--json');
    expect(status).toBe(1);
    const report = checkReport.parse(JSON.parse(stdout));
    expect(report.passed).toBe(false);
    expect(report.files.map(({ findings }) => findings.map(({ kind }) => kind))).toEqual([[], ['state-unbalanced']]);
  });

  it('exits with 2 for what cannot be checked', async () => {
    for (const [file, message] of [
      [join(folder, 'missing'), /ENOENT/],
      [written('text', new TextEncoder().encode('no ELF file')), /ELF/],
      [written('bare', sample('x86-64', { unwindSections: [] })), /expected the file to have this section/],
    ] as const) {
      const { status, stderr } = await plumbline('check', file);
      expect(status).toBe(2);
      expect(stderr).toMatch(message);
    }
  });
});
