import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeModules } from '../runner/describe-modules.ts';
import type { UnwinderDescription } from '../runner/run-suite.ts';
import { defaultUnwinders, unwinders } from '../unwinders/registry.ts';
import { matches } from './glob.ts';
import { UsageError } from './usage-error.ts';

/** For an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/**
 * The unwinders that arguments name, each a pattern of names or a module's file: first Plumbline's own, then those of
 * the modules. Without arguments, the default ones. Throws `UsageError`, or `UnwinderModuleError` for an unusable file.
 */
export async function chooseUnwinders(args: readonly string[] | undefined): Promise<UnwinderDescription[]> {
  if (args === undefined) return [...defaultUnwinders];
  const globs = args.filter((argument) => !isFile(argument));
  for (const glob of globs) {
    if (!unwinders.some(({ name }) => matches(glob, name))) {
      throw new UsageError(`no unwinder matches ${glob}; see plumbline list`);
    }
  }
  const files = new Map(args.filter(isFile).map((path) => [resolve(path), path]));
  for (const [file, path] of files) {
    if (!existsSync(file)) throw new UsageError(`${path} does not exist; --unwinder takes it for a module's file`);
  }
  const own = await describeModules([...files.values()]);
  const taken = new Map(unwinders.map(({ name }) => [name, 'Plumbline']));
  for (const { name, module } of own) {
    const other = taken.get(name);
    if (other !== undefined) throw new UsageError(`${module}: the name ${name} is that of an unwinder of ${other}`);
    taken.set(name, module ?? '');
  }
  return [...unwinders.filter(({ name }) => globs.some((glob) => matches(glob, name))), ...own];
}

/** A path has a separator or the ending of a module; no unwinder's name has. */
function isFile(argument: string): boolean {
  return /[\\/]|\.m?js$/.test(argument);
}
