import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findingsFile, findingsPage } from '../../harness/catalogue/findings.ts';
import { kindsOfFindings } from '../../harness/check/index.ts';
import { kindsOfExecFindings } from '../../harness/findings/index.ts';
import { packageFolder } from '../../harness/package-folder.ts';

describe('the page of findings', () => {
  it('FINDINGS.md is up to date', () => {
    const file = join(packageFolder(), findingsFile);
    const written = existsSync(file) ? readFileSync(file, 'utf8') : '';
    expect(written === findingsPage(), 'run npm run catalogue and commit FINDINGS.md').toBe(true);
  });

  it('has a heading of its own for every kind', () => {
    const page = findingsPage();
    const names = [...Object.keys(kindsOfExecFindings), ...Object.keys(kindsOfFindings)];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(page.split(`\n### ${name}\n`)).toHaveLength(2);
  });
});
