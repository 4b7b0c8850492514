import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Unwinder } from '../unwinder.ts';
import { type UnwinderApi, unwinderApi } from './api.ts';
import { UnwinderModuleError } from './module-error.ts';
import { shapeProblem } from './shape.ts';

/** What the default export of a module may be. */
export type UnwinderModule =
  | Unwinder
  | readonly Unwinder[]
  | ((api: UnwinderApi) => Unwinder | readonly Unwinder[] | Promise<Unwinder | readonly Unwinder[]>);

/**
 * The unwinders a module exports by default. The module is trusted code: it runs in this process. Throws
 * `UnwinderModuleError` where it cannot be loaded or exports something else.
 */
export async function loadUnwinders(path: string): Promise<Unwinder[]> {
  const url = pathToFileURL(resolve(path)).href;
  const fail = (problem: string): never => {
    throw new UnwinderModuleError(`${path}: ${problem}`);
  };
  const failed = (doing: string, error: unknown): never => fail(`${doing}: ${describe(error, url)}`);

  const module = (await import(url).catch((error: unknown) => failed('cannot be loaded', error))) as {
    readonly default?: unknown;
  };
  let exported = module.default;
  if (typeof exported === 'function') {
    try {
      exported = await exported(unwinderApi);
    } catch (error) {
      failed('the function it exports threw', error);
    }
  }
  const list: readonly unknown[] = Array.isArray(exported) ? exported : [exported];
  if (list.length === 0) fail('exports an empty array instead of unwinders');
  const names = new Set<string>();
  return list.map((candidate, index) => {
    const which = Array.isArray(exported) ? `unwinder ${index}` : 'its default export';
    const problem = shapeProblem(candidate);
    if (problem !== undefined) fail(`${which} ${problem}`);
    const unwinder = candidate as Unwinder;
    if (names.has(unwinder.name)) fail(`${which} has the name ${unwinder.name} of another one`);
    names.add(unwinder.name);
    return unwinder;
  });
}

/** What was thrown, and where in the module, as far as that is known. */
function describe(error: unknown, url: string): string {
  if (!(error instanceof Error)) return String(error);
  const place = error.stack?.split('\n').find((line) => line.includes(`${url}:`));
  const at = place === undefined ? undefined : /:(\d+)(?::\d+)?\)?$/.exec(place.trim())?.[1];
  return `${error.name}: ${error.message}${at === undefined ? '' : ` (line ${at})`}`;
}
