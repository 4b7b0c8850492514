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

  it('names no place of ours, of libraries, or where it is not always the same', () => {
    const own = pathToFileURL(packageFolder()).href;
    const frames = ['f (node:internal/g:3:4)', `g (${own}/engine/f.js:1:2)`, 'h (/a/node_modules/b/c.js:1:2)'];
    expect(describeError(withStack('why', frames))).toBe('Error: why');
    expect(describeError(withStack('why', [...frames, 'new K (/a (b)/d.js:5:6)']))).toBe('Error: why (d.js:5:6)');
    expect(describeError(withStack('why', ['/a/d.js:5:6', 'f (/a/e.js:1:2)']))).toBe('Error: why (d.js:5:6)');
    expect(describeError(withStack('Maximum call stack size exceeded', ['/a/d.js:5:6']))).not.toContain('d.js');
  });

  it('takes no place from the message, and is one line', () => {
    const message = 'why\n    at f (/a/other.js:9:9)\n  because';
    expect(describeError(withStack(message, ['/a/d.js:5:6']))).toBe(
      'Error: why at f (/a/other.js:9:9) because (d.js:5:6)',
    );
  });

  it.each([
    ['a stack that is none', Object.assign(new Error('why'), { stack: [1] }), 'Error: why'],
    ['no stack', Object.assign(new Error('why'), { stack: undefined }), 'Error: why'],
    ['a file that cannot be', withStack('why', ['f (file:///a%2Fb.mjs:1:2)']), 'Error: why'],
    ['a long line', withStack('why', [`f (${'/('.repeat(50_000)}`]), 'Error: why'],
    ['text', 'just text', 'just text'],
    ['nothing', undefined, 'undefined'],
    ['an object without a prototype', Object.create(null), 'something was thrown that cannot be told'],
    ['a message that is no text', Object.assign(new Error(), { message: Symbol('why') }), /cannot be told/],
    ['a trap', Object.defineProperty(new Error('why'), 'stack', { get: () => fail() }), /cannot be told/],
  ])('never throws itself: %s', (_, thrown: unknown, text) => {
    if (typeof text === 'string') expect(describeError(thrown)).toBe(text);
    else expect(describeError(thrown)).toMatch(text);
  });
});

function withStack(message: string, frames: readonly string[]): Error {
  return Object.assign(new Error(message), {
    stack: [`Error: ${message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n'),
  });
}

function fail(): never {
  throw new Error('a trap');
}
