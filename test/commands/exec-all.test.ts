import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { surveyLine } from '../../harness/record/survey.ts';
import { buildLibraries, compilers } from '../harness/loader/process/libraries.ts';
import { missingTools } from '../tools/external.ts';
import { plumbline, temporaryFolder, withoutTiming } from './plumbline.ts';

const { gcc, dialects } = compilers[0]!;

describe.skipIf(missingTools(gcc).length > 0)(`plumbline exec --all (needs ${gcc})`, () => {
  const library = buildLibraries(gcc, dialects[0]!);
  const all = (out: string, ...flags: string[]) => plumbline('exec', library, '--all', '--out', out, ...flags);
  const record = (out: string) => readFileSync(join(out, 'record.jsonl'), 'utf8');

  it('writes the same record for any number of processes, and where it was cut off', { timeout: 600_000 }, async () => {
    const [one, two, cut] = [1, 2, 3].map((n) => join(temporaryFolder(), `${n}`)) as [string, string, string];
    const { status, stdout } = await all(one, '--jobs', '1');
    expect(stdout).toMatch(/^\d+ functions, 3 calls each: finished \d+/m);
    expect(status).toBe(0);
    await all(two, '--jobs', '2');
    const expected = withoutTiming(record(one));
    expect(withoutTiming(record(two))).toBe(expected);
    const journal = readFileSync(join(one, 'journal.jsonl'), 'utf8');
    mkdirSync(cut);
    writeFileSync(join(cut, 'journal.jsonl'), journal.slice(0, journal.length / 2));
    const resumed = await all(cut, '--resume');
    expect(resumed.status).toBe(0);
    expect(resumed.stderr).toMatch(/^the journal in .* has \d+ functions already: going on from there$/m);
    expect(withoutTiming(record(cut))).toBe(expected);
    // Another emulator or build: its verdicts are not those of this one.
    for (const key of ['emulator', 'program']) {
      const [header, ...rest] = journal.split('\n');
      const other = JSON.stringify({ ...(JSON.parse(header!) as object), [key]: 'another' });
      expect(header).toContain(`"${key}":`);
      writeFileSync(join(cut, 'journal.jsonl'), [other, ...rest].join('\n'));
      expect((await all(cut, '--resume')).status).toBe(2);
    }
    for (const line of record(one).trim().split('\n')) surveyLine.parse(JSON.parse(line));
  });

  it('takes a pattern and signatures, and refuses what it cannot use', { timeout: 600_000 }, async () => {
    const out = temporaryFolder();
    const signatures = join(out, 'signatures.json');
    writeFileSync(signatures, '{ "through": ["null"] }');
    const { stdout } = await all(out, '--match', 'thr*', '--seeds', '1', '--signatures', signatures);
    expect(stdout).toMatch(/^1 function, 1 call each: fault 1$/m);
    const { status, stderr } = await all(out, '--match', 'no*');
    expect([status, stderr]).toEqual([2, expect.stringMatching(/exports no function like no\*/)]);
    writeFileSync(signatures, '{ "through": ["what"] }');
    expect((await all(out, '--signatures', signatures)).stderr).toMatch(/signatures\.json .*through/);
    writeFileSync(signatures, JSON.stringify({ through: Array(9).fill('int') }));
    expect((await all(out, '--signatures', signatures)).stderr).toMatch(
      /signatures\.json has 9 integers .* for through/,
    );
    expect((await all(join(out, 'other'), '--resume')).stderr).toMatch(/has no journal of this file/);
  });
});
