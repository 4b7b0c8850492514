import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { features } from '../../generators/index.ts';
import { plumbline, root, start } from '../commands/plumbline.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const section = readme.slice(readme.indexOf('## Test your unwinder'), readme.indexOf('## What is tested'));
const blocks = [...section.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1]!);

describe('the README on how to test an unwinder', () => {
  it('shows the example that is tested, without its types', () => {
    const example = readFileSync(join(root, 'test', 'examples', 'frame-pointer.mjs'), 'utf8');
    expect(blocks[0]).toBe(`// frame-pointer.mjs\n${example.replace(/\/\*\* @type .*?\*\/\s?/g, '')}`);
  });

  it('lists every feature', () => {
    expect(features.filter((feature) => !section.includes(`\`${feature}\``))).toEqual([]);
  });

  it('has a library program that runs', { timeout: 120_000 }, async () => {
    const library = blocks.find((block) => block.includes('suiteScenarios'))!;
    const text = library
      .replaceAll('./frame-pointer.mjs', './test/examples/frame-pointer.mjs')
      .replace(`'prologue/'`, `'prologue/frame-pointer'`);
    // Makes sure that there is a build.
    expect((await plumbline('--version')).status).toBe(0);
    const { stdout, stderr, status } = await start(process.execPath, ['--input-type=module', '-e', text]).finished;
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(
      /^x86-64 prologue\/frame-pointer#0 \{ pass: [1-9]\d*, fail: [1-9]\d*, missing: 0, error: 0 \}$/m,
    );
    expect(stdout).toMatch(
      /^ {2}replay {2}npx plumbline run .*--unwinder \.\/test\/examples\/frame-pointer\.mjs --seed 1/m,
    );
  });
});
