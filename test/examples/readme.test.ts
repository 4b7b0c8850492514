import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { features } from '../../generators/index.ts';
import { plumbline, root, start } from '../commands/plumbline.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const section = sectionOf('Test your unwinder');
const blocks = blocksOf(section);

function sectionOf(title: string): string {
  const start = readme.indexOf(`## ${title}`);
  return readme.slice(start, readme.indexOf('\n## ', start));
}

function blocksOf(text: string): readonly string[] {
  return [...text.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1]!);
}

/** The text of an example without its types, below its name. */
function exampleText(name: string): string {
  const example = readFileSync(join(root, 'test', 'examples', name), 'utf8');
  return `// ${name}\n${example.replace(/\/\*\* @type .*?\*\/\s?/g, '')}`;
}

describe('the README on how to test an unwinder', () => {
  it('shows the example that is tested, without its types', () => {
    expect(blocks[0]).toBe(exampleText('frame-pointer.mjs'));
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

describe('the README on how to validate an encoding', () => {
  it('shows the example that is tested, without its types', () => {
    expect(blocksOf(sectionOf('Validate your encoding'))).toEqual([exampleText('verbatim-encoding.mjs')]);
  });
});
