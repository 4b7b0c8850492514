import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, start, temporaryFolder } from './plumbline.ts';

const minutes = 60_000;

/** A user's program that tests an unwinder of theirs, one that finds no caller, at one stop. */
const ownUnwinder = `
import { FrameBuffer } from 'plumbline-unwind';
import { scenarios } from 'plumbline-unwind/generators';
import { runProgram, unicornFactory } from 'plumbline-unwind/harness';

const mine = {
  name: 'mine',
  description: 'finds no caller',
  lacks: [],
  open: (image) => ({
    unwind(stop, frames) {
      if (!(frames instanceof FrameBuffer)) throw new Error('another FrameBuffer');
      frames.ending = 'no-info';
    },
  }),
};
const program = scenarios[0].generate('x86-64', 0, '1');
const result = runProgram(program, { emulators: unicornFactory(), unwinders: [mine], run: 0, stop: 0 });
console.log(JSON.stringify(result.unwinders[0].verdicts), result.failures[0].divergence);
`;

describe('the package', () => {
  it('runs from its packed tarball in an empty folder', { timeout: 4 * minutes }, async () => {
    const packed = temporaryFolder();
    const pack = await start('npm', ['pack', '--pack-destination', packed]).finished;
    expect(pack.status, pack.stderr).toBe(0);
    const tarball = readdirSync(packed).find((name) => name.endsWith('.tgz'));
    const folder = temporaryFolder();
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    const install = await start('npm', ['install', ...quiet, join(packed, tarball!)], { cwd: folder }).finished;
    expect(install.status, install.stderr).toBe(0);

    for (const scenario of ['prologue/store', 'compiled/*']) {
      const args = ['plumbline', 'run', '--quick', '--scenario', scenario, '--json'];
      const run = await start('npx', ['--no-install', ...args], { cwd: folder }).finished;
      expect(run.status, run.stderr).toBe(0);
      expect(JSON.parse(run.stdout).passed).toBe(true);
    }

    const wrong = await start('npx', ['--no-install', 'plumbline', 'run', '--bogus'], { cwd: folder }).finished;
    expect(wrong.status).toBe(2);

    rmSync(join(folder, 'node_modules', 'plumbline-unwind', 'test'), { recursive: true });
    const list = await start('npx', ['--no-install', 'plumbline', 'list'], { cwd: folder }).finished;
    expect(list.stdout, list.stderr).toMatch(/^no compiled programs: there is no test\/fixtures\/manifest\.json$/m);
    expect(list.stdout).not.toContain('compiled/');

    const library = await start(process.execPath, ['--input-type=module', '-e', ownUnwinder], { cwd: folder }).finished;
    expect(library.stdout.trim(), library.stderr).toBe('{"pass":0,"fail":1,"missing":0,"error":0} stopped early');
  });

  it('runs through npx in the clone', async () => {
    const { status, stdout } = await start('npx', ['plumbline', 'list'], { cwd: root }).finished;
    expect(status).toBe(0);
    expect(stdout).toContain('dwarf-debug-frame');
  });
});
