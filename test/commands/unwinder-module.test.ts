import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type HeaderLine, readRecord } from '../../harness/record/index.ts';
import { plumbline, temporaryFolder } from './plumbline.ts';

const example = 'test/examples/frame-pointer.mjs';
const oneProgram = ['--scenario', 'prologue/store', '--architecture', 'x86-64', '--program', '0'];

/** A module in a folder of its own, where it can import no package. */
function moduleFile(text: string, name = 'mine.mjs'): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, text);
  return file;
}

/** An unwinder as text, which does `body` at each stop. */
function unwinder(name: string, body: string, lacks = '[]'): string {
  return `{ name: '${name}', description: 'x', lacks: ${lacks}, open: (image) => ({ unwind(stop, frames) { ${body} } }) }`;
}

async function verdictsOf(...args: string[]) {
  const { stdout, stderr, status } = await plumbline('run', '--json', ...args);
  expect(stdout, stderr).not.toBe('');
  const summary = JSON.parse(stdout);
  const { unwinders } = summary.architectures['x86-64'];
  const verdicts = (name: string) => unwinders[name].verdicts as Record<string, number>;
  return { status, summary, names: Object.keys(unwinders), verdicts };
}

describe('plumbline run --unwinder FILE', { timeout: 300_000 }, () => {
  it('judges the frame-pointer example: right in bodies, wrong in prologues, without SP on AArch64', async () => {
    const folder = temporaryFolder();
    const junit = join(folder, 'junit.xml');
    const outputs = ['--out', folder, '--junit', junit];
    const args = ['--quick', '--scenario', 'prologue/frame-pointer', '--unwinder', example];
    const { status, stdout } = await plumbline('run', ...args, ...outputs);
    expect(status).toBe(1);
    const record = readRecord(readFileSync(join(folder, 'record.jsonl'), 'utf8'));
    const header = record[0] as HeaderLine;
    expect(header.unwinders).toEqual([
      { name: 'frame-pointer', description: expect.any(String), lacks: ['callee-saved'], module: example },
    ]);
    const [x86, a64] = record.flatMap((line) => (line.kind === 'summary' ? [line] : []));
    expect(x86!.verdicts).toMatchObject({ missing: 0, error: 0 });
    expect(x86!.verdicts.pass).toBeGreaterThan(x86!.stops / 2);
    expect(x86!.verdicts.fail).toBeGreaterThan(0);
    expect(a64!.verdicts).toMatchObject({ pass: 0, error: 0 });
    expect(a64!.verdicts.missing).toBeGreaterThan(a64!.stops / 2);
    expect(a64!.unexpectedMissing).toBe(a64!.verdicts.missing);

    expect(readFileSync(junit, 'utf8')).toContain('<testcase name="frame-pointer"');
    const replay = /replay {2}npx plumbline (run .*)/.exec(stdout)![1]!.split(' ');
    expect(replay).toContain(example);
    const again = await plumbline(...replay, '--json');
    expect(again.status).toBe(1);
    expect(JSON.parse(again.stdout).architectures['x86-64'].unwinders['frame-pointer'].stops).toBe(1);
  });

  it('takes a function of the API, several unwinders and files, and patterns beside them', async () => {
    const walker = `(api) => ({ name: 'walker', description: 'x', lacks: [], open(image) {
      const { Walker, openElfModule } = api.engine;
      const modules = image.modules.map(({ name, elf, loadBias, sectionAddress }) =>
        openElfModule(elf, { name, loadBias, sectionAddress, lookup: 'list' }));
      const walker = new Walker(image.architecture, modules);
      return { unwind: (stop, frames) => walker.walk(stop.memory, frames, stop.pacMaskLo, stop.pacMaskHi) };
    } })`;
    const nothing = `frames.ending = 'unsupported'`;
    const two = `[${unwinder('one', nothing)}, ${unwinder('two', nothing, `['callee-saved', 'expressions']`)}]`;
    const files = [moduleFile(`export default ${walker}`), moduleFile(`export default ${two}`, 'two words.js')];
    writeFileSync(join(files[1]!, '..', 'package.json'), '{"type":"module"}');
    const args = [...files, 'dwarf-li*', files[0]!].flatMap((argument) => ['--unwinder', argument]);
    const { names, verdicts, status } = await verdictsOf(...oneProgram, ...args);
    expect(names).toEqual(['dwarf-list', 'walker', 'one', 'two']);
    expect(verdicts('walker')).toEqual(verdicts('dwarf-list'));
    expect(verdicts('walker').pass).toBeGreaterThan(0);
    expect(verdicts('one')).toEqual({ pass: 0, fail: 0, missing: verdicts('walker').pass, error: 0 });
    expect(status).toBe(1);

    const text = (await plumbline('run', ...oneProgram, '--unwinder', files[1]!)).stdout;
    expect(text).toContain(`--unwinder '${files[1]}'`);
  });

  it('does not ask an unwinder that lacks callee-saved for registers, but those it gives must be right', async () => {
    const right = `
      const { pc, sp, columnCount } = stop.architecture;
      for (let truth = stop.callers; truth !== null; truth = truth.behind, frames.count++) {
        const at = frames.count * columnCount;
        frames.known.fill(0, at, at + columnCount);
        frames.values.set(truth.registers, 2 * at);
        frames.known[at + pc] = frames.known[at + sp] = 1;
      }
      frames.ending = stop.ending;`;
    const wrong = `${right} frames.values[2 * (columnCount + 3)]++; frames.known[columnCount + 3] = 1;`;
    const without = `['callee-saved']`;
    const list = [unwinder('few', right, without), unwinder('wrong', wrong, without), unwinder('all', right)];
    const file = moduleFile(`export default [${list}]`);
    const { verdicts } = await verdictsOf(...oneProgram, '--unwinder', file);
    const stops = verdicts('few').pass;
    expect(verdicts('few')).toEqual({ pass: stops, fail: 0, missing: 0, error: 0 });
    expect(verdicts('wrong')).toEqual({ pass: 0, fail: stops, missing: 0, error: 0 });
    expect(verdicts('all')).toEqual({ pass: 0, fail: 0, missing: stops, error: 0 });
  });
});

describe('plumbline list --unwinder FILE', () => {
  it('shows the unwinders of the file with what they lack', async () => {
    const { stdout, status } = await plumbline('list', '--unwinder', example);
    expect(stdout).toMatch(/^ {2}frame-pointer {2}follows the chain .* \(lacks callee-saved\)$/m);
    expect(stdout).not.toMatch(/^ {2}dwarf(-\S+)? /m);
    expect(status).toBe(0);
    const listed = JSON.parse((await plumbline('list', '--json', '--unwinder', example)).stdout);
    expect(listed.unwinders).toEqual([expect.objectContaining({ name: 'frame-pointer', module: example })]);
  });
});
