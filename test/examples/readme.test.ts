import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as engine from '../../engine/index.ts';
import { features } from '../../generators/index.ts';
import { unwinders } from '../../harness/unwinders/registry.ts';
import { plumbline, root, start } from '../commands/plumbline.ts';
import { registerFile, wordWindow } from '../engine/hand-made.ts';
import { smallProgram } from '../engine/small-program.ts';

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

describe('the README on the engine', () => {
  it('names every mode', () => {
    const tested = readme.slice(readme.indexOf('## What is tested'), readme.indexOf('## Verdicts'));
    expect(unwinders.filter(({ name }) => !tested.includes(`\`${name}\``))).toEqual([]);
  });

  it('has a library program that captures stacks with a cache', () => {
    const code = /## The engine as a library.*?```js\n(.*?)```/s.exec(readme)![1]!;
    const statement = "import * as engine from 'plumbline-unwind';\n";
    expect(code).toContain(statement);
    const loadBias = 0x5555_0000_0000n;
    const stackStart = 0x7fff_0000n;
    const { view } = wordWindow([[stackStart, loadBias + 0x1014n]]);
    const registers = registerFile(engine.x86_64, { rip: loadBias + 0x1004n, rsp: stackStart });
    const sample = { registers, stackStart, stackBytes: new Uint8Array(view.buffer) };
    const lines: unknown[] = [];
    const given = {
      engine,
      console: { log: (line: unknown) => lines.push(line) },
      file: smallProgram(),
      loadBias,
      samples: [sample, sample],
    };
    new Function(...Object.keys(given), code.replace(statement, ''))(...Object.values(given));
    expect(lines).toEqual([
      '0x555500001014',
      '0x555500001014',
      { hits: 2, emptyMisses: 2, conflictMisses: 0, staleMisses: 0, uncacheable: 0 },
    ]);
  });
});

describe('the README on how to validate an encoding', () => {
  it('shows the example that is tested, without its types', () => {
    expect(blocksOf(sectionOf('Validate your encoding'))).toEqual([exampleText('verbatim-encoding.mjs')]);
  });
});
