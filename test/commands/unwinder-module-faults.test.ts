import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRecord } from '../../harness/record/index.ts';
import { plumbline, temporaryFolder } from './plumbline.ts';

function moduleFile(text: string): string {
  const file = join(temporaryFolder(), 'mine.mjs');
  writeFileSync(file, text);
  return file;
}

function unwinder(name: string, body: string): string {
  return `{ name: '${name}', description: 'x', lacks: [], open: (image) => ({ unwind(stop, frames) { ${body} } }) }`;
}

describe('a module that cannot be used', { timeout: 120_000 }, () => {
  const sound = `description: 'x', lacks: [], open() {}`;
  it.each([
    ['export default {', /mine\.mjs: cannot be loaded: SyntaxError: /],
    ['import "no-such-package"', /mine\.mjs: cannot be loaded: .*Cannot find package 'no-such-package'/],
    ['\nthrow new Error("at work")', /mine\.mjs: cannot be loaded: Error: at work \(line 2\)/],
    ['throw null', /mine\.mjs: cannot be loaded: null/],
    ['process.exit(0)', /mine\.mjs: cannot be loaded: it ends its process \(crash:exit 0\)/],
    ['export const mine = {}', /its default export is undefined, expected an unwinder, an array/],
    ['export default []', /exports an empty array/],
    ['export default () => { throw new Error("no library") }', /the function it exports threw: Error: no library/],
    ['export default [7]', /unwinder 0 is a number/],
    ['export default {}', /has no usable name: .* found undefined/],
    [`export default { name: 'a b', ${sound} }`, /has no usable name: .* found "a b"/],
    [`export default { name: 'dwarf', ${sound} }`, /the name dwarf is that of an unwinder of Plumbline/],
    [`export default { name: 'a', lacks: [], open() {} }`, /\(a\) has no description/],
    [`export default { name: 'a', description: '', open() {} }`, /\(a\) has no list of what it lacks/],
    [
      `export default { name: 'a', description: '', lacks: ['dwarf'], open() {} }`,
      /lacks dwarf, .* none of eh-frame-hdr,/,
    ],
    [`export default { name: 'a', description: '', lacks: [] }`, /\(a\) has no method open/],
    [`export default { name: 'a', applies: true, ${sound} }`, /\(a\): applies is a boolean, not a method/],
    [`export default [{ name: 'a', ${sound} }, { name: 'a', ${sound} }]`, /unwinder 1 has the name a of another one/],
  ])('%s: exit status 2 and a message', async (text, message) => {
    const { status, stdout, stderr } = await plumbline('run', '--unwinder', moduleFile(text));
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('may also be missing, or a folder', async () => {
    const missing = await plumbline('run', '--unwinder', './no-such.mjs');
    expect(missing.stderr).toMatch(/\.\/no-such\.mjs does not exist/);
    expect(missing.status).toBe(2);
    const folder = join(temporaryFolder(), 'folder');
    mkdirSync(folder);
    const { stderr, status } = await plumbline('list', '--unwinder', folder);
    expect(stderr).toMatch(/cannot be loaded/);
    expect(status).toBe(2);
  });
});

describe('an unwinder of a module that misbehaves', { timeout: 300_000 }, () => {
  const scenario = ['--scenario', 'prologue/store', '--architecture', 'x86-64', '--jobs', '2'];

  it('gets a verdict at every stop', async () => {
    const answers = {
      throws: `throw new Error('broken')`,
      'throws-nothing': 'throw undefined',
      'no-count': 'frames.count = NaN',
      'half-count': 'frames.count = 1.5',
      'wild-count': 'frames.count = 1e9',
      'no-frame': 'frames.count = 0',
      'wrong-ending': `frames.ending = 'done'`,
      'wrong-error': `frames.error = null`,
    };
    const wrong = {
      'wrong-known': `frames.known.fill(7); frames.count = stop.depth + 1; frames.ending = stop.ending`,
      'no-number': `frames.values.fill(NaN); frames.known.fill(1); frames.count = stop.depth + 1; frames.ending = stop.ending`,
    };
    const list = Object.entries({ ...answers, ...wrong }).map(([name, body]) => unwinder(name, body));
    const file = moduleFile(`export default [${list}]`);
    const { stdout, status } = await plumbline('run', ...scenario, '--unwinder', file, '--json');
    expect(status).toBe(1);
    const { unwinders, stops } = JSON.parse(stdout).architectures['x86-64'];
    const none = { pass: 0, fail: 0, missing: 0, error: 0 };
    for (const name of Object.keys(answers)) {
      expect(unwinders[name].verdicts, name).toEqual({ ...none, error: stops });
    }
    expect(unwinders['wrong-known'].verdicts).toEqual({ ...none, missing: stops });
    expect(unwinders['no-number'].verdicts).toEqual({ ...none, fail: stops });
  });

  it.each([
    ['ends its process', 'process.exit(3)', 'crash:exit 3'],
    ['aborts', 'process.abort()', 'crash:SIGABRT'],
    ['never answers', 'for (;;);', 'hang'],
    ['rejects a promise', `Promise.reject(new Error('later'))`, 'crash:exit 1'],
  ])('costs one program where it %s, and the run goes on', async (_, deadly, how) => {
    const body = `if (image.modules[0].name.endsWith('#1') && stop.index === 3) ${deadly};`;
    const file = moduleFile(`export default ${unwinder('mine', body)}`);
    const out = temporaryFolder();
    const args = [...scenario, '--unwinder', file, '--timeout', '15', '--out', out];
    expect((await plumbline('run', ...args)).status).toBe(1);
    const record = readRecord(readFileSync(join(out, 'record.jsonl'), 'utf8'));
    const errors = record.flatMap((line) => (line.kind === 'failure' && line.verdict === 'error' ? [line] : []));
    expect(errors).toEqual([expect.objectContaining({ unwinder: 'mine', divergence: 'program', count: 1 })]);
    expect(errors[0]!.example).toMatchObject({ program: 1, message: how });
    const programs = record.flatMap((line) => (line.kind === 'program' ? [line] : []));
    expect(programs.filter(({ stops }) => stops > 0)).toHaveLength(programs.length - 1);
  });
});
