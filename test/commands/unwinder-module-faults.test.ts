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
    ['\nthrow new Error("at work")', /mine\.mjs: cannot be loaded: Error: at work \(mine\.mjs:2:7\)/],
    ['throw null', /mine\.mjs: cannot be loaded: null/],
    ['process.exit(0)', /mine\.mjs: cannot be loaded: it ends its process \(crash:exit 0\)/],
    ['export const mine = {}', /its default export is undefined, expected an unwinder, an array/],
    ['export default []', /exports an empty array/],
    [
      'export default () => { throw new Error("no library") }',
      /the function it exports threw: Error: no library \(mine\.mjs:1:30\)/,
    ],
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

  const atOneStop = (deadly: string) => `if (image.modules[0].name.endsWith('#1') && stop.index === 3) ${deadly};`;

  async function runWith(...flags: readonly string[]) {
    const out = temporaryFolder();
    const { status, stdout } = await plumbline('run', ...scenario, ...flags, '--timeout', '8', '--out', out);
    expect(status).toBe(1);
    const record = readRecord(readFileSync(join(out, 'record.jsonl'), 'utf8'));
    return {
      stdout,
      errors: record.flatMap((line) => (line.kind === 'failure' && line.verdict === 'error' ? [line] : [])),
      programs: record.flatMap((line) => (line.kind === 'program' ? [line] : [])),
    };
  }

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
    ['aborts', `{ console.error('\\nno memory \\nmore'); process.abort(); }`, 'crash:SIGABRT', ': no memory'],
    ['never answers', 'for (;;);', 'hang'],
  ])('costs itself one program where it %s, and the others nothing', async (_, deadly, how, said = '') => {
    const file = moduleFile(`export default ${unwinder('mine', atOneStop(deadly))}`);
    const { errors, programs, stdout } = await runWith('--unwinder', file, '--unwinder', 'dwarf');
    expect(errors).toEqual([expect.objectContaining({ unwinder: 'mine', divergence: how, count: 1 })]);
    expect(errors[0]!.example).toMatchObject({ program: 1, run: 0, stop: 3 });
    const ended = how === 'hang' ? 'it did not answer in time' : `its process ended while it was asked${said}`;
    expect(errors[0]!.example.message).toBe(ended);
    for (const { unwinders, stops, index } of programs) {
      const [dwarf, mine] = ['dwarf', 'mine'].map((name) => unwinders.find(({ unwinder }) => unwinder === name));
      expect(dwarf?.verdicts).toEqual({ pass: stops, fail: 0, missing: 0, error: 0 });
      if (index === 1) expect(mine?.verdicts).toEqual({ pass: 0, fail: 0, missing: 0, error: 1 });
    }
    const commands = stdout.split('\n').filter((line) => /^ {2}(replay|explain)/.test(line));
    expect(commands.filter((line) => / --run 0 --stop 3$/.test(line) && /program 1|#1/.test(line))).toHaveLength(2);
  });

  it('costs every unwinder one program where it rejects a promise: nobody knows whose that was', async () => {
    const file = moduleFile(`export default ${unwinder('mine', atOneStop(`Promise.reject(new Error('later'))`))}`);
    const { errors, programs } = await runWith('--unwinder', file, '--unwinder', 'dwarf');
    expect(errors.map(({ unwinder, divergence, example }) => [unwinder, divergence, example.message])).toEqual([
      ['dwarf', 'program', 'crash:exit 1'],
      ['mine', 'program', 'crash:exit 1'],
    ]);
    expect(programs.filter(({ stops }) => stops > 0)).toHaveLength(programs.length - 1);
  });

  it('is explained without its answer where it never gives one', async () => {
    const file = moduleFile(`export default ${unwinder('mine', atOneStop('for (;;)'))}`);
    const { stdout, status } = await plumbline(
      ...['explain', 'prologue/store#1', '--architecture', 'x86-64', '--unwinder', file],
      ...['--run', '0', '--stop', '3', '--timeout', '5'],
    );
    expect(status).toBe(1);
    expect(stdout).toContain('run 0, stop 3: mine gives error\n  why    hang: it did not answer in time\n');
    expect(stdout).toMatch(/^ {2}> 0x[0-9a-f]+/m);
  });

  it('is told where in its file it threw', async () => {
    const file = moduleFile(`export default\n${unwinder('mine', 'null.x')}`);
    const { stdout } = await plumbline('run', ...scenario, '--unwinder', file);
    expect(stdout).toMatch(/why {2}TypeError: Cannot read properties of null \(reading 'x'\) \(mine\.mjs:2:\d+\)$/m);
  });
});
