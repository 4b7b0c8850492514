import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { type ExecJob, type ExecResult, executeFunction, loadFile } from '../../../harness/exec/index.ts';
import { basicUnwinders as unwinders } from '../../../harness/unwinders/registry.ts';

/** Starts a program at its entry, with a text as its standard input. */
export function startProgram(job: Omit<ExecJob, 'seed' | 'limit'>, input = ''): ExecResult {
  const whole = { seed: '1', limit: 3_000_000, ...job };
  const options = { emulators: unicornFactory(), unwinders, input: new TextEncoder().encode(input) };
  return executeFunction(loadFile(whole), whole, options);
}

/** What contradicts no row: the engine's fault, or the truth's. */
export const notTheProducers = ({ failures }: ExecResult) =>
  failures
    .filter(({ contradiction }) => contradiction !== 'contradicts' && contradiction !== 'left')
    .map(({ example, ...rest }) => rest);

/** Names of the functions that fail where they have a row, in this way or in any. */
export const failingFunctions = ({ failures }: ExecResult, wanted?: 'contradicts' | 'left') =>
  failures
    .filter(({ row, contradiction }) => row !== '' && (wanted === undefined || contradiction === wanted))
    .map((failure) => failure.function)
    .filter((name, i, all) => all.indexOf(name) === i);

/** Compiles and links a program statically; undefined where compiler or C library are not installed. */
export function compileStatic(
  compiler: string,
  machine: string,
  source: string,
  options: readonly string[] = ['-static'],
): string | undefined {
  const file = join(mkdtempSync(join(tmpdir(), 'plumbline-')), 'program');
  writeFileSync(`${file}.source`, source);
  try {
    if (!execFileSync(compiler, ['-dumpmachine'], { encoding: 'utf8', stdio: 'pipe' }).startsWith(machine))
      return undefined;
    const flags = ['-O2', '-Wl,--eh-frame-hdr', '-x', 'c', ...options];
    execFileSync(compiler, [...flags, '-o', file, `${file}.source`], { stdio: 'pipe' });
    return file;
  } catch {
    return undefined;
  }
}
