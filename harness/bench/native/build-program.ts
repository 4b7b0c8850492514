import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Compiler } from './compiler.ts';
import type { Installation } from './installation.ts';
import type { NativeUnwinder } from './native-unwinder.ts';

const commonFlags = ['-std=gnu11', '-O2', '-fasynchronous-unwind-tables', '-Wall', '-Wextra', '-Werror'];

/** Compiles nothing where it was compiled before from the same sources by the same compiler for the same library. */
export interface BuildOptions {
  /** The folder with the C sources. */
  readonly sources: string;
  /** Where programs are kept. */
  readonly folder: string;
  readonly compiler: Compiler;
}

/** The compiled program's path. Throws with what the compiler says where it fails. */
export function buildProgram(
  unwinder: NativeUnwinder,
  installation: Installation | undefined,
  { sources, folder, compiler }: BuildOptions,
): string {
  const flags = [...commonFlags, ...unwinder.flags, ...(installation === undefined ? [] : includeFlags(installation))];
  const link = installation === undefined ? [] : linkFlags(installation);
  const program = join(folder, `${unwinder.name}-${digestOf(sources, [compiler.version, ...flags, ...link])}`);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  // Renamed into place: another run may be doing the same.
  const fresh = `${program}.${process.pid}`;
  const args = [...flags, join(sources, unwinder.source), '-o', fresh, ...link];
  const { error, status, stderr } = spawnSync(compiler.command, args, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (error !== undefined) throw error;
  if (status !== 0) {
    const reason = stderr.split('\n').find((line) => line.includes('error')) ?? stderr.trim();
    throw new Error(`${unwinder.source} cannot be compiled: ${reason}`);
  }
  renameSync(fresh, program);
  return program;
}

const includeFlags = ({ includeFolders }: Installation) => includeFolders.flatMap((folder) => ['-I', folder]);

/** The library itself, not a name to be searched for: both libunwinds have the same. */
function linkFlags({ library }: Installation): string[] {
  // RPATH, unlike RUNPATH, also holds for the libraries of the library.
  return [library, `-Wl,--disable-new-dtags,-rpath,${dirname(library)}`];
}

/** Of all the sources, what they are compiled with, and the libraries that are linked as files. */
function digestOf(sources: string, parameters: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(sources).sort()) hash.update(`${name}\0`).update(readFileSync(join(sources, name)));
  for (const parameter of parameters) {
    hash.update(`${parameter}\0`);
    if (parameter.startsWith('/') && existsSync(parameter)) {
      const { size, mtimeMs } = statSync(parameter);
      hash.update(`${size} ${mtimeMs}\0`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}
