import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeError } from '../../describe-error.ts';
import { type UnwinderApi, unwinderApi } from './api.ts';
import { UnwinderModuleError } from './module-error.ts';

/** What modules export of one kind. */
export interface ExportKind {
  /** `unwinder` or `encoding`. */
  readonly noun: string;
  /** Why a value cannot be one, to stand behind its name; undefined where it can. */
  problem(value: unknown): string | undefined;
}

/** What the default export of a module may be. */
export type Exports<Type> =
  | Type
  | readonly Type[]
  | ((api: UnwinderApi) => Type | readonly Type[] | Promise<Type | readonly Type[]>);

/**
 * What a module exports by default, each thing of the given kind and with a name of its own. The module is trusted code:
 * it runs in this process. Throws `UnwinderModuleError` where it cannot be loaded or exports something else.
 */
export async function loadExports<Type extends { readonly name: string }>(
  path: string,
  { noun, problem }: ExportKind,
): Promise<Type[]> {
  const url = pathToFileURL(resolve(path)).href;
  const fail = (what: string): never => {
    throw new UnwinderModuleError(`${path}: ${what}`);
  };
  const failed = (doing: string, error: unknown): never => fail(`${doing}: ${describeError(error)}`);

  const module = (await import(url).catch((error: unknown) => failed('cannot be loaded', error))) as {
    readonly default?: unknown;
  };
  let exported = module.default;
  if (typeof exported === 'function') {
    try {
      exported = await exported(await unwinderApi());
    } catch (error) {
      failed('the function it exports threw', error);
    }
  }
  const list: readonly unknown[] = Array.isArray(exported) ? exported : [exported];
  if (list.length === 0) fail(`exports an empty array instead of ${noun}s`);
  const names = new Set<string>();
  return list.map((candidate, index) => {
    const which = Array.isArray(exported) ? `${noun} ${index}` : 'its default export';
    const found = problem(candidate);
    if (found !== undefined) fail(`${which} ${found}`);
    const thing = candidate as Type;
    if (names.has(thing.name)) fail(`${which} has the name ${thing.name} of another one`);
    names.add(thing.name);
    return thing;
  });
}
