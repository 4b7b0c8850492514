import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeModules } from '../runner/describe-modules.ts';
import type { UnwinderDescription } from '../runner/run-suite.ts';
import { unwinders } from '../unwinders/registry.ts';
import { matches } from './glob.ts';
import { UsageError } from './usage-error.ts';

/** For an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/**
 * The unwinders that arguments name, each a pattern of names or a module's file, and those made of the encodings of other
 * files: first Plumbline's own, then those of the modules. Without arguments and encodings, all of Plumbline's own. Throws
 * `UsageError`, or `UnwinderModuleError` for an unusable file.
 */
export async function chooseUnwinders(
  args: readonly string[] | undefined,
  encodings: readonly string[] = [],
): Promise<UnwinderDescription[]> {
  if (args === undefined && encodings.length === 0) return [...unwinders];
  const named = args ?? [];
  const globs = named.filter((argument) => !isFile(argument));
  for (const glob of globs) {
    if (!unwinders.some(({ name }) => matches(glob, name))) {
      throw new UsageError(`no unwinder matches ${glob}; see plumbline list`);
    }
  }
  const own = await describeModules([
    ...existing('--unwinder', named.filter(isFile)).map((path) => ({ path, exports: 'unwinders' as const })),
    ...existing('--encoding', encodings).map((path) => ({ path, exports: 'encodings' as const })),
  ]);
  const taken = new Map(unwinders.map(({ name }) => [name, 'Plumbline']));
  for (const { name, module } of own) {
    const other = taken.get(name);
    if (other !== undefined) throw new UsageError(`${module}: the name ${name} is that of an unwinder of ${other}`);
    taken.set(name, module ?? '');
  }
  return [...unwinders.filter(({ name }) => globs.some((glob) => matches(glob, name))), ...own];
}

/** Files as an option gives them, each once. */
function existing(option: string, paths: readonly string[]): readonly string[] {
  const files = new Map(paths.map((path) => [resolve(path), path]));
  for (const [file, path] of files) {
    if (!existsSync(file)) throw new UsageError(`${path} does not exist; ${option} takes it for a module's file`);
  }
  return [...files.values()];
}

/** A path has a separator or the ending of a module; no unwinder's name has. */
export function isFile(argument: string): boolean {
  return /[\\/]|\.m?js$/.test(argument);
}
