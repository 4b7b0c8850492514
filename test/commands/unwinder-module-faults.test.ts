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
  it.each([
    ['export default {', /mine\.mjs: cannot be loaded: SyntaxError: /],
    ['import "no-such-package"', /mine\.mjs: cannot be loaded: .*Cannot find package 'no-such-package'/],
    ['process.exit(0)', /mine\.mjs: cannot be loaded: it ends its process \(crash:exit 0\)/],
    [`export default ${unwinder('dwarf', '')}`, /the name dwarf is that of an unwinder of Plumbline/],
    ['export default {}', /has no usable name: .* found undefined/],
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
  /** Three programs, one of each. */
  const programs = ['--quick', '--scenario', 'prologue/store', '--scenario', 'prologue/push-*'];
  const scenario = [...programs, '--architecture', 'x86-64', '--jobs', '2'];

  const atOneStop = (deadly: string) => `if (image.modules[0].name.endsWith('store#0') && stop.index === 3) ${deadly};`;

  async function runWith(module: string) {
    const out = temporaryFolder();
    const unwinders = ['--unwinder', moduleFile(module), '--unwinder', 'dwarf'];
    const { status, stdout } = await plumbline('run', ...scenario, ...unwinders, '--timeout', '8', '--out', out);
    expect(status).toBe(1);
    const record = readRecord(readFileSync(join(out, 'record.jsonl'), 'utf8'));
    return {
      stdout,
      errors: record.flatMap((line) => (line.kind === 'failure' && line.verdict === 'error' ? [line] : [])),
      lines: record.flatMap((line) => (line.kind === 'program' ? [line] : [])),
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

  it('costs itself one program where it ends its process or never answers, and the others nothing', async () => {
    const deaths = {
      exits: ['process.exit(3)', 'crash:exit 3', 'its process ended while it was asked'],
      aborts: [
        `{ console.error('\\nno memory \\nmore'); process.abort(); }`,
        'crash:SIGABRT',
        'its process ended while it was asked: no memory',
      ],
      hangs: ['for (;;);', 'hang', 'it did not answer in time'],
    } as const;
    const list = Object.entries(deaths).map(([name, [deadly]]) => unwinder(name, atOneStop(deadly)));
    const { errors, lines, stdout } = await runWith(`export default [${list}]`);
    expect(errors.map(({ unwinder, divergence, example }) => [unwinder, [divergence, example.message]])).toEqual(
      Object.entries(deaths).map(([name, [, ...how]]) => [name, how]),
    );
    for (const { scenario, count, example } of errors) {
      expect({ scenario, count, ...example }).toMatchObject({ scenario: 'prologue/store', count: 1, run: 0, stop: 3 });
    }
    expect(lines).toHaveLength(3);
    for (const { scenario, unwinders, stops } of lines) {
      const verdicts = Object.fromEntries(unwinders.map(({ unwinder, verdicts }) => [unwinder, verdicts]));
      expect(Object.keys(verdicts)).toEqual(['dwarf', ...Object.keys(deaths)]);
      expect(verdicts.dwarf).toEqual({ pass: stops, fail: 0, missing: 0, error: 0 });
      if (scenario !== 'prologue/store') continue;
      for (const name of Object.keys(deaths)) {
        expect(verdicts[name]).toEqual({ pass: 0, fail: 0, missing: 0, error: 1 });
      }
    }
    for (const command of ['replay', 'explain'])
      expect(stdout).toMatch(new RegExp(`^ {2}${command}.* --stop 3 --timeout 8$`, 'm'));
  });

  it('costs every unwinder one program where it rejects a promise: nobody knows whose that was', async () => {
    const later = `Promise.reject(new Error('later'))`;
    const { errors, lines } = await runWith(`export default ${unwinder('mine', atOneStop(later))}`);
    expect(errors.map(({ unwinder, divergence, example }) => [unwinder, divergence, example.message])).toEqual([
      ['dwarf', 'program', 'crash:exit 1'],
      ['mine', 'program', 'crash:exit 1'],
    ]);
    expect(lines.filter(({ stops }) => stops > 0)).toHaveLength(2);
  });

  it('is explained without its answer where it never gives one', async () => {
    const file = moduleFile(`export default ${unwinder('mine', atOneStop('for (;;)'))}`);
    const { stdout, status } = await plumbline(
      ...['explain', 'prologue/store#0', '--architecture', 'x86-64', '--unwinder', file],
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
