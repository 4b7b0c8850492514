import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a program; `finished` resolves when it has ended. */
export function start(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): { child: ChildProcess; finished: Promise<Finished> } {
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
  return { child, finished };
}

/** Starts the clone's command in this Node.js. */
export function startPlumbline(...args: string[]) {
  return start(process.execPath, [join(root, 'harness', 'setup', 'plumbline.js'), ...args]);
}

/** Runs the clone's command to its end. */
export function plumbline(...args: string[]): Promise<Finished> {
  return startPlumbline(...args).finished;
}

/** A fresh folder. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'plumbline-test-'));
}

/** A record's text without whatever stands under keys named `timing`. */
export function withoutTiming(record: string): string {
  return record
    .split('\n')
    .map((line) =>
      line === ''
        ? ''
        : JSON.stringify(JSON.parse(line, (key, value: unknown) => (key === 'timing' ? undefined : value))),
    )
    .join('\n');
}
