import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageFolder } from '../../package-folder.ts';
import type { WithPackages } from '../../package-source.ts';
import { cacheFolder } from '../../setup/cache-folder.js';
import { quantile, spreadOf } from '../measure/statistics.ts';
import { buildProgram } from './build-program.ts';
import { type Compiler, findCompiler } from './compiler.ts';
import type { NativeResult } from './native-result.ts';
import { type NativeUnwinder, nativeUnwinders } from './native-unwinder.ts';
import { provideLibraries } from './provide-library.ts';
import { type ProgramArguments, type ProgramOutput, runProgram } from './run-program.ts';

export interface NativeOptions extends ProgramArguments {
  /** Turns, in each of which every program runs once; at least 1. */
  readonly turns: number;
  /** Called after every turn: what is timed there meets the machine in the same state. */
  readonly between?: () => void | Promise<void>;
  /** Only the unwinders of these names; all where undefined. */
  readonly names?: readonly string[];
  /** Fetches libraries that are not installed; undefined where that cannot or shall not be done. */
  readonly withPackages?: WithPackages | undefined;
  readonly environment?: NodeJS.ProcessEnv;
}

/** A program that is ready to run, with what its runs gave; or why there is none. */
type Contender =
  | { readonly unwinder: NativeUnwinder; readonly program: string; readonly version: string; runs: ProgramOutput[] }
  | { readonly unwinder: NativeUnwinder; readonly unavailable: string };

/**
 * Times native unwinders over a stack of `depth` frames of eight functions that save 0 to 6 registers: compiled with
 * the C compiler found, each a process of its own, in turns. One that is not there, cannot be compiled, or does not
 * find the stack is in the result with the reason.
 */
export async function measureNative(options: NativeOptions): Promise<NativeResult[]> {
  const { names, turns, between } = options;
  if (turns < 1) throw new RangeError('measureNative: there must be a turn');
  const chosen = nativeUnwinders.filter(({ name }) => names === undefined || names.includes(name));
  const contenders = prepare(chosen, options);
  for (let turn = 0; turn < turns; turn++) {
    for (const [index, contender] of contenders.entries()) {
      if ('unavailable' in contender) continue;
      try {
        contender.runs.push(await runProgram(contender.program, options));
      } catch (error) {
        contenders[index] = { unwinder: contender.unwinder, unavailable: messageOf(error) };
      }
    }
    await between?.();
  }
  return contenders.map(resultOf);
}

function prepare(chosen: readonly NativeUnwinder[], options: NativeOptions): Contender[] {
  const environment = options.environment ?? process.env;
  const compiler = findCompiler(environment);
  if (process.platform !== 'linux') return without(chosen, 'native unwinders are measured on Linux only');
  if (compiler === undefined) {
    return without(chosen, 'no C compiler is installed (cc, gcc or clang, or the one CC names)');
  }
  const folder = join(cacheFolder(environment), 'native');
  const kinds = [...new Set(chosen.flatMap(({ library }) => library ?? []))];
  const libraries = provideLibraries(kinds, folder, options.withPackages);
  const build = { sources: join(packageFolder(), 'harness', 'bench', 'native', 'c'), folder, compiler };
  return chosen.map((unwinder) => {
    const library = unwinder.library === undefined ? undefined : libraries.get(unwinder.library)!;
    if (library !== undefined && 'unavailable' in library) return { unwinder, unavailable: library.unavailable };
    try {
      const version = library?.version ?? (unwinder.name === 'libgcc' ? libgccVersion(compiler) : compiler.version);
      return { unwinder, program: buildProgram(unwinder, library, build), version, runs: [] };
    } catch (error) {
      return { unwinder, unavailable: messageOf(error) };
    }
  });
}

function without(chosen: readonly NativeUnwinder[], unavailable: string): Contender[] {
  return chosen.map((unwinder) => ({ unwinder, unavailable }));
}

/** The library does not say its version; Debian's package does. */
function libgccVersion({ version }: Compiler): string {
  const { status, stdout } = spawnSync('dpkg-query', ['--show', 'libgcc-s1'], { encoding: 'utf8' });
  return (status === 0 ? stdout.trim().split('\t')[1] : undefined) ?? `linked by ${version}`;
}

function resultOf(contender: Contender): NativeResult {
  const { name, measured } = contender.unwinder;
  if ('unavailable' in contender) return { name, unavailable: contender.unavailable };
  const { runs, version } = contender;
  const byTurn = runs.map(({ nsPerFrame }) => nsPerFrame.toSorted((a, b) => a - b));
  return {
    name,
    measured,
    version: runs[0]!.version === '' ? version : runs[0]!.version,
    frames: runs[0]!.frames,
    nsPerFrame: spreadOf(byTurn.flat()),
    nsPerFrameByTurn: byTurn.map((sorted) => quantile(sorted, 0.5)),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
