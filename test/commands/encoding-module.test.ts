import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type HeaderLine, readRecord } from '../../harness/record/index.ts';
import { plumbline, temporaryFolder } from './plumbline.ts';

const example = 'test/examples/verbatim-encoding.mjs';
const some = ['--quick', '--scenario', 'prologue/*'];

/** A module in a folder of its own, where it can import no package. */
function moduleFile(text: string): string {
  const file = join(temporaryFolder(), 'mine.mjs');
  writeFileSync(file, text);
  return file;
}

/** The engine's own encoding of DWARF under another name, changed. */
const changed = (change: string): string =>
  moduleFile(`export default ({ engine: { dwarfEncoding } }) => {
    const mine = { ...dwarfEncoding, name: 'mine' };
    ${change}
    return mine;
  };`);

describe('plumbline run --encoding FILE', { timeout: 300_000 }, () => {
  it('passes the example on both architectures, and says how many functions were encoded', async () => {
    const folder = temporaryFolder();
    const { stdout, stderr, status } = await plumbline('run', ...some, '--encoding', example, '--out', folder);
    expect(status, stderr + stdout).toBe(0);
    expect(
      stdout.match(/^ {2}verbatim: [\d,]+ of [\d,]+ functions encoded \([\d.]+ descriptors each\)/gm),
    ).toHaveLength(2);
    const record = readRecord(readFileSync(join(folder, 'record.jsonl'), 'utf8'));
    expect((record[0] as HeaderLine).unwinders).toEqual([
      { name: 'verbatim', description: expect.any(String), lacks: [], module: example, isEncoding: true },
    ]);
    for (const line of record) {
      if (line.kind !== 'summary') continue;
      expect(line.verdicts).toEqual({ pass: line.stops, fail: 0, missing: 0, error: 0 });
      expect(line.coverage!.functions).toBeGreaterThan(0);
      expect(line.coverage!.fallbacks).toEqual({});
    }
  });

  it('stands beside unwinders, and functions that stay DWARF are counted by reason', async () => {
    const args = ['--quick', '--scenario', 'rules/expression', '--architecture', 'x86-64', '--unwinder', 'dwarf'];
    const { stdout, status } = await plumbline('run', ...args, '--encoding', example, '--json');
    expect(status).toBe(0);
    const { dwarf, verbatim } = JSON.parse(stdout).architectures['x86-64'].unwinders;
    expect(verbatim.verdicts).toEqual(dwarf.verdicts);
    expect(dwarf.coverage).toBeUndefined();
    expect(verbatim.coverage.fallbacks['expression or error']).toBeGreaterThan(0);
  });

  it('a wrong row fails, and the replay command shows it again', async () => {
    const wrong = changed(`mine.open = (sections, architecture) => {
      const source = dwarfEncoding.open(sections, architecture);
      return { lookup(lo, hi, row) {
        const found = source.lookup(lo, hi, row);
        row.cfaLo += 8;
        return found;
      } };
    };`);
    const args = ['--quick', '--scenario', 'prologue/store', '--architecture', 'x86-64'];
    const { stdout, status } = await plumbline('run', ...args, '--encoding', wrong);
    expect(status).toBe(1);
    const replay = /replay {2}npx plumbline (run .*)/.exec(stdout)![1]!.split(' ');
    expect(replay.slice(replay.indexOf('--encoding'))[1]).toBe(wrong);
    const again = await plumbline(...replay, '--json');
    expect(again.status).toBe(1);
    expect(JSON.parse(again.stdout).architectures['x86-64'].unwinders.mine).toMatchObject({
      stops: 1,
      verdicts: { fail: 1 },
    });
  });

  it('what cannot be an encoded module is an error of the program', async () => {
    const args = ['--quick', '--scenario', 'prologue/store', '--architecture', 'x86-64'];
    const empty = changed('mine.encode = () => ({ sections: [] });');
    const { stdout, status } = await plumbline('run', ...args, '--encoding', empty);
    expect(status).toBe(1);
    expect(stdout.replace(/\s+/g, ' ')).toContain('the encoding mine made no sections');
  });

  it('refuses a name that is taken, what is no encoding, and a file that is not there', async () => {
    const taken = changed(`mine.name = 'dwarf';`);
    const { stderr, status } = await plumbline('run', ...some, '--encoding', taken);
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('the name dwarf is that of an unwinder of Plumbline'),
    ]);
    const none = await plumbline('run', ...some, '--encoding', moduleFile('export default {}'));
    expect([none.status, none.stderr]).toEqual([2, expect.stringContaining('its default export has no usable name')]);
    const missing = await plumbline('run', ...some, '--encoding', './nowhere.mjs');
    expect([missing.status, missing.stderr]).toEqual([2, expect.stringContaining('--encoding takes it for a')]);
  });
});
