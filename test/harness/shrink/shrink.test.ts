import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { copyProject, damage } from '../../../harness/defects/damaged-copy.ts';
import { readDefects } from '../../../harness/defects/defect.ts';
import { packageFolder } from '../../../harness/package-folder.ts';
import { type FailureLine, type HeaderLine, type RecordLine, readRecord } from '../../../harness/record/index.ts';
import { replayCommand } from '../../../reports/replay.ts';
import { plumbline, temporaryFolder } from '../../commands/plumbline.ts';

const root = packageFolder();
const defects = readDefects(join(root, 'test', 'defects'));

/** Runs the command line of a copy of the project, whose set-up is that of the original. */
function runIn(folder: string, args: readonly string[]): RecordLine[] {
  const out = temporaryFolder();
  const script = `
    const { main } = await import(${JSON.stringify(join(folder, 'dist', 'harness', 'cli', 'main.js'))});
    process.exitCode = await main(${JSON.stringify([...args, '--out', out])}, { provideUnicorn() {} });
  `;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return readRecord(readFileSync(join(out, 'record.jsonl'), 'utf8'));
}

const headerOf = (record: readonly RecordLine[]): HeaderLine => record.find((line) => line.kind === 'header')!;
const failuresOf = (record: readonly RecordLine[]): FailureLine[] => record.filter((line) => line.kind === 'failure');

describe('a failing random program is made small', { timeout: 300_000 }, () => {
  // The copies are of what is built.
  beforeAll(() => plumbline('--version'), 300_000);

  it.each([
    { number: 3, scenario: 'random/spellings', most: 10 },
    { number: 6, scenario: 'random/control-flow', most: 10 },
    { number: 40, scenario: 'random/spellings', most: 4 },
    { number: 46, scenario: 'random/spellings', most: 3 },
    { number: 54, scenario: 'random/spellings', most: 3 },
  ])('defect $number: to at most $most instructions, and its replay shows the same', ({ number, scenario, most }) => {
    const defect = defects.find((one) => one.number === number)!;
    const copy = copyProject(root, damage(root, defect));
    try {
      const record = runIn(copy.folder, ['run', '--scenario', scenario, '--unwinder', 'dwarf']);
      const failure = failuresOf(record).find(({ shrunk }) => shrunk !== undefined);
      const { shrunk, ...line } = failure!;
      const { instructions, code, example, row } = shrunk!;
      expect(instructions).toBeLessThanOrEqual(most);
      expect(code.flatMap((one) => one.code)).toHaveLength(instructions);
      expect(code.flatMap((one) => one.code).filter(({ here }) => here)).toHaveLength(1);

      const command = replayCommand(headerOf(record), { ...line, scenario: shrunk!.scenario, row, example });
      const replayed = failuresOf(runIn(copy.folder, command.split(' ').slice(2)));
      expect(replayed).toHaveLength(1);
      expect(replayed[0]).toMatchObject({ unwinder: 'dwarf', divergence: line.divergence, verdict: line.verdict });
      expect(replayed[0]!.example).toEqual(example);
    } finally {
      copy.remove();
    }
  });
});
