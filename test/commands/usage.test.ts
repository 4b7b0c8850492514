import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mainHere } from './main-here.ts';
import { plumbline, temporaryFolder } from './plumbline.ts';

const binary = 'test/fixtures/binaries/x86-64/recursion-gcc12-O2';

describe('plumbline', () => {
  it.each([
    [['run', '--bogus'], /unknown option '--bogus'/],
    [['run', '--jobs', 'x'], /'--jobs <number>' argument 'x' is invalid\. expected a whole number/],
    [['run', '--jobs', '0'], /expected a number from 1 to 1024/],
    [['run', '--seed', '-1'], /expected a number from 0 to 2\^64 - 1/],
    [['run', '--seed', '18446744073709551616'], /expected a number from 0 to 2\^64 - 1/],
    [['run', '--seed'], /argument missing/],
    [['run', '--architecture', 'mips'], /expected x86-64 or aarch64/],
    [['run', '--program', '1.5'], /expected a whole number/],
    [['run', '--scenario', 'no/such'], /no scenario matches no\/such/],
    [['run', '--unwinder', 'no-such'], /no unwinder matches no-such/],
    [['run', '--program', '999999'], /no program is left to run/],
    [['run', 'extra'], /too many arguments/],
    [['list', '--bogus'], /unknown option '--bogus'/],
    [['power', '--cfi', '--scenario', 'no/such'], /no scenario matches no\/such/],
    [['exec', binary, '--match', 'main'], /--match needs --all/],
    [['exec', binary, '--out', 'folder'], /--out needs --all/],
    [['exec', binary, '--function', 'main', '--bias', '0x10000000'], /expected a position-independent file/],
    [['bogus'], /unknown command 'bogus'\n\(--help lists the commands\)/],
    [['--bogus'], /unknown option '--bogus'/],
    [[], /Usage: plumbline/],
  ])('%j is wrong usage: exit status 2 and a message', async (args, message) => {
    const { status, stdout, stderr } = await mainHere(...args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('as a command says so, too', async () => {
    const { status, stdout, stderr } = await plumbline('run', '--bogus');
    expect(stderr).toMatch(/unknown option '--bogus'/);
    expect([status, stdout]).toEqual([2, '']);
  });

  it('says so where a filter leaves nothing to judge', async () => {
    const args = ['run', '--quick', '--scenario', 'prologue/store', '--program', '0', '--run', '4000'];
    const { status, stderr } = await plumbline(...args);
    expect(stderr).toMatch(/nothing was judged/);
    expect(status).toBe(2);
  });

  it('says so where an output cannot be written, before it runs anything', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const { status, stderr } = await mainHere('run', '--quick', '--out', join(file, 'below'));
    expect(stderr).toMatch(/cannot write .*record\.jsonl/);
    expect(status).toBe(2);
  });

  it.skipIf(!existsSync('/proc/self')).each([
    ['--out', '/proc/no-such-folder/below'],
    ['--junit', '/proc/no-such-folder/junit.xml'],
  ])('says so where the system refuses to make the folder (needs /proc): %s %s', async (flag, path) => {
    const { status, stderr } = await mainHere('run', '--quick', flag, path);
    expect(stderr).toMatch(/^plumbline: cannot write \/proc\/no-such-folder\/.*: ENOENT/);
    expect(status).toBe(2);
  });

  it('makes the folders of --out and --junit that are missing', async () => {
    const folder = temporaryFolder();
    const outputs = ['--out', join(folder, 'a', 'b'), '--junit', join(folder, 'c', 'd.xml')];
    await plumbline('run', '--quick', '--scenario', 'prologue/store', '--program', '0', ...outputs);
    expect(existsSync(join(folder, 'a', 'b', 'record.jsonl'))).toBe(true);
    expect(existsSync(join(folder, 'c', 'd.xml'))).toBe(true);
  });

  it.each([[['--help']], [['run', '--help']], [['--version']]])('%j is answered with status 0', async (args) => {
    const { status, stdout } = await mainHere(...args);
    expect(stdout).not.toBe('');
    expect(status).toBe(0);
  });

  it('lists scenarios and unwinders', async () => {
    const { status, stdout } = await plumbline('list');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^prologue\/\n(.+\n)* {2}store +\S/m);
    expect(stdout).toMatch(/^compiled\/\n(.+\n)* {2}gcc-12 +\S/m);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(stdout).toMatch(/^ {2}dwarf-list +\S/m);
    expect(stdout).toMatch(/^ {2}dwarf-cold +\S/m);
    const listed = JSON.parse((await mainHere('list', '--json')).stdout);
    expect(listed.unwinders[0]).toMatchObject({ name: 'dwarf', lacks: [] });
    expect(listed.scenarios[0]).toMatchObject({ group: 'prologue', architectures: ['x86-64', 'aarch64'] });
    expect(listed.scenarios[0].programs.full).toBeGreaterThanOrEqual(listed.scenarios[0].programs.quick);
  });
});
