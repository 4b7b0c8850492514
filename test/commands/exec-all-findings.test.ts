import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Log } from 'sarif';
import { beforeAll, describe, expect, it } from 'vitest';
import { type SurveyFinding, type SurveyLine, surveyFindings, surveyLine } from '../../harness/record/survey.ts';
import { libraryFaults, libraryName } from '../fixtures/cfi/library.mjs';
import { architectures } from '../fixtures/cfi/variants.mjs';
import { type Finished, plumbline, startPlumbline, temporaryFolder, withoutTiming } from './plumbline.ts';

/** A directive without how its offset is counted and how zeros are written. */
function purpose(directive: string): string {
  return directive.replace(/_rel_offset (\S+), .*/, '_offset $1').replace(/_offset (%?\w+), .*/, '_offset $1');
}

const folder = temporaryFolder();
const signatures = join(folder, 'signatures.json');
const names = ['run', 'frame_pointer', 'spill', 'nested', 'realigned', 'borrow', 'leaf', 'signed', 'vector'];
writeFileSync(signatures, JSON.stringify(Object.fromEntries(names.map((name) => [name, ['int']]))));

describe.each(architectures)('plumbline exec --all, on a library for %s with three faults', (architecture) => {
  const library = fileURLToPath(new URL(`../fixtures/cfi/libraries/${architecture}/${libraryName}`, import.meta.url));
  const out = join(folder, architecture);
  const sarif = join(folder, `${architecture}.sarif`);
  const baseline = join(folder, `${architecture}.json`);
  const flags = (to: string) => [library, '--all', '--signatures', signatures, '--out', to];
  const record = (of: string): string => withoutTiming(readFileSync(join(of, 'record.jsonl'), 'utf8'));
  let first: Finished;
  let lines: SurveyLine[];
  let findings: readonly SurveyFinding[];

  beforeAll(async () => {
    first = await plumbline('exec', ...flags(out), '--jobs', '2', '--sarif', sarif);
    const text = readFileSync(join(out, 'record.jsonl'), 'utf8');
    lines = text
      .trim()
      .split('\n')
      .map((line) => surveyLine.parse(JSON.parse(line)));
    findings = lines.flatMap((line) => (line.kind === 'findings' ? line.findings : []));
  }, 120_000);

  it('finds exactly these, each with the directive that is missing, whoever called the function', () => {
    expect(first.status).toBe(1);
    const faults = libraryFaults(architecture).map((fault) => [fault.function, ['add'], [purpose(fault.right)]]);
    const found = findings.map((finding) => [
      finding.function,
      finding.changes.map(({ action }) => action),
      finding.changes.map(({ directive }) => purpose(directive!)),
    ]);
    expect(found.sort()).toEqual(faults.sort());
    const spill = findings.find((finding) => finding.function === 'spill')!;
    expect(spill.called).toEqual(['run', 'spill']);
    expect(spill.stops).toBeGreaterThan(6);
    expect(lines.find(({ kind }) => kind === 'findings')).toMatchObject({ left: { calls: 0, functions: 0 } });
  });

  it('prints them as those of one function, with stops and callers', () => {
    expect(first.stdout).toMatch(/^to blame: (producer|unknown) \(3 findings\)$/m);
    expect(first.stdout).toMatch(/^wrong-register: spill\+0x\w+: a callee-saved register is not where the row says$/m);
    expect(first.stdout).toMatch(/^ {2}mend {3}after 0x\w+ \(\w+ .*\): add \.cfi_offset /m);
    expect(first.stdout).toMatch(/^ {2}seen {3}in three-faults\.so, at [\d,]+ stops, in calls of run, spill$/m);
  });

  it('writes them as SARIF', () => {
    const { runs } = JSON.parse(readFileSync(sarif, 'utf8')) as Log;
    expect(runs[0]!.results!.map(({ ruleId }) => ruleId)).toEqual(findings.map(({ kind }) => kind));
    for (const { message } of runs[0]!.results!)
      expect(message.text).toMatch(/Seen at [\d,]+ stops, in calls of (run|frame_pointer|spill)/);
  });

  it('killed on the way and resumed, makes the same record', { timeout: 120_000 }, async () => {
    const cut = join(folder, `${architecture}-cut`);
    const { child, finished } = startPlumbline('exec', ...flags(cut), '--jobs', '1');
    const journal = join(cut, 'journal.jsonl');
    const linesOf = (): number => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length : 0);
    while (linesOf() < 4 && child.exitCode === null) await sleep(5);
    child.kill('SIGKILL');
    await finished;
    // What was written last may not be whole.
    const written = readFileSync(journal);
    writeFileSync(journal, written.subarray(0, written.length - 10));
    expect((await plumbline('exec', ...flags(cut), '--jobs', '1', '--resume')).status).toBe(1);
    expect(record(cut)).toBe(record(out));
  });

  it('passes where a baseline knows them, and tells what is new or gone', { timeout: 120_000 }, async () => {
    // All calls are in the journal: nothing is executed again.
    const written = await plumbline('exec', ...flags(out), '--write-baseline', baseline);
    expect(written.status).toBe(0);
    const known = await plumbline('exec', ...flags(out), '--baseline', baseline);
    expect([known.status, known.stdout]).toEqual([
      0,
      expect.stringMatching(/^baseline: 0 new findings, 3 known, 0 gone$/m),
    ]);
    const listed = JSON.parse(readFileSync(baseline, 'utf8')) as { findings: { function: string }[] };
    const others = listed.findings.filter((one) => one.function !== 'spill');
    const gone = { fingerprint: '0'.repeat(32), kind: 'no-row', function: 'mended' };
    writeFileSync(baseline, JSON.stringify({ ...listed, findings: [...others, gone] }));
    const news = await plumbline('exec', ...flags(out), '--baseline', baseline, '--json');
    expect(news.status).toBe(1);
    const line = news.stdout.trim().split('\n').at(-2)!;
    const compared = surveyFindings.parse(JSON.parse(line));
    expect(compared.gone).toEqual([gone]);
    expect(compared.findings).toHaveLength(3);
    const unknown = compared.findings.filter((finding) => finding.known === false);
    expect(unknown.map((finding) => finding.function)).toEqual(['spill']);
  });
});
