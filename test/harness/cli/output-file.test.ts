import { existsSync, lstatSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkOutput, writeOutput } from '../../../harness/cli/output-file.ts';
import { UsageError } from '../../../harness/cli/usage-error.ts';

describe('checkOutput()', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-test-'));

  it('changes nothing but folders that are missing', () => {
    const file = join(folder, 'a', 'file');
    checkOutput(file);
    expect([existsSync(join(folder, 'a')), existsSync(file)]).toEqual([true, false]);
    writeFileSync(file, 'kept');
    checkOutput(file);
    expect(readFileSync(file, 'utf8')).toBe('kept');
  });

  it('leaves a link a link, also where what it leads to is not there yet', () => {
    const [target, link] = ['target', 'link'].map((name) => join(folder, name)) as [string, string];
    symlinkSync(target, link);
    checkOutput(link);
    writeOutput(link, 'text');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'utf8')).toBe('text');
  });

  it('refuses a folder, and what lies below a file', () => {
    const file = join(folder, 'no-folder');
    writeFileSync(file, '');
    for (const path of [folder, join(file, 'below')]) {
      expect(() => checkOutput(path)).toThrow(UsageError);
      expect(() => writeOutput(path, 'text')).toThrow(UsageError);
    }
  });
});
