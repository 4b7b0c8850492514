import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readElf } from '../../engine/index.ts';
import { describeError } from '../../harness/describe-error.ts';
import { packageFolder } from '../../harness/package-folder.ts';

async function thrownBy(name: string, text: string): Promise<unknown> {
  const file = join(mkdtempSync(join(tmpdir(), 'plumbline (with) spaces-')), name);
  writeFileSync(file, text);
  const { default: call } = await import(pathToFileURL(file).href);
  try {
    call(readElf);
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('describeError()', () => {
  it('names the place in code that is not ours, of both kinds of modules', async () => {
    const error = await thrownBy('mine.mjs', 'export default () => {\n  throw new RangeError("why");\n};\n');
    expect(describeError(error)).toBe('RangeError: why (mine.mjs:2:9)');
    const other = await thrownBy('mine.cjs', 'module.exports = () => {\n\n  null.x;\n};\n');
    expect(describeError(other)).toMatch(/^TypeError: .* \(mine\.cjs:3:8\)$/);
  });

  it('names the place that called us where we threw', async () => {
    const error = await thrownBy('mine.mjs', '\nexport default (readElf) => readElf(new Uint8Array(3));\n');
    expect(describeError(error)).toMatch(/ \(mine\.mjs:2:29\)$/);
  });

  it('names no place of ours, and takes what is no error', () => {
    const own = Object.assign(new Error('why'), {
      stack: `Error: why\n    at f (${pathToFileURL(packageFolder()).href}/engine/f.js:1:2)\n    at node:internal/g:3:4`,
    });
    expect(describeError(own)).toBe('Error: why');
    expect(describeError(Object.assign(new Error('why'), { stack: undefined }))).toBe('Error: why');
    expect(describeError('just text')).toBe('just text');
    expect(describeError(undefined)).toBe('undefined');
  });
});
