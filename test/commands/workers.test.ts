import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { RecordLine } from '../../harness/record/index.ts';
import { root, start, temporaryFolder } from './plumbline.ts';

/** Runs some programs with this code at the start of every worker process; `marker` is a path for its use. */
async function runWith(code: string) {
  const folder = temporaryFolder();
  const preload = join(folder, 'preload.mjs');
  const marker = JSON.stringify(join(folder, 'marker'));
  writeFileSync(
    preload,
    `import { existsSync, writeFileSync } from 'node:fs';\nconst marker = ${marker};\nif (process.send) {\n${code}\n}\n`,
  );
  const args = ['run', '--quick', '--scenario', 'prologue/*', '--architecture', 'x86-64', '--jobs', '1'];
  const { finished } = start(
    process.execPath,
    [join(root, 'harness', 'setup', 'plumbline.js'), ...args, '--out', folder],
    { env: { ...process.env, NODE_OPTIONS: `--import ${pathToFileURL(preload).href}` } },
  );
  const record = () =>
    readFileSync(join(folder, 'record.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RecordLine);
  return { ...(await finished), record };
}

const tooLate = 'the worker processes die before they are ready (crash:exit 7)';

describe('plumbline run where worker processes do not start', () => {
  it('says so with what they wrote, without a stack trace', async () => {
    const { status, stderr } = await runWith(`console.error('no such library');\nprocess.exit(7);`);
    expect(status).toBe(1);
    expect(stderr).toContain(`plumbline: ${tooLate}\nno such library`);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('records and reports what was done before', async () => {
    const { status, stdout, record } = await runWith(`
if (existsSync(marker)) process.exit(7);
writeFileSync(marker, '');
const send = process.send.bind(process);
let results = 0;
process.send = (message) => {
  if (message.type === 'result' && ++results === 3) process.kill(process.pid, 'SIGKILL');
  return send(message);
};`);
    expect(status).toBe(1);
    expect(stdout).toContain(tooLate);
    const lines = record();
    const programs = lines.flatMap((line) => (line.kind === 'program' ? [line] : []));
    expect(programs.length).toBeGreaterThan(2);
    expect(programs.map(({ stops }) => stops > 0)).toEqual(programs.map((_, i) => i < 2));
    expect(lines.at(-1)).toMatchObject({ kind: 'final', passed: false });
  });
});
