import { describeError } from '../describe-error.ts';
import { loadModuleFile, type ModuleFile } from '../unwinders/module/index.ts';
import { unwinders } from '../unwinders/registry.ts';
import type { Unwinder } from '../unwinders/unwinder.ts';

/**
 * The unwinders with these names, of Plumbline and of modules, or why there are none: a module was loaded before, to be
 * described, so one that cannot be loaded again fails every program, not the run.
 */
export async function loadChosen(
  names: readonly string[],
  modules: readonly ModuleFile[],
): Promise<{ readonly unwinders: readonly Unwinder[] } | { readonly problem: string }> {
  try {
    const own: Unwinder[] = [];
    for (const module of modules) own.push(...(await loadModuleFile(module)));
    return { unwinders: [...unwinders, ...own].filter(({ name }) => names.includes(name)) };
  } catch (error) {
    return { problem: describeError(error) };
  }
}
