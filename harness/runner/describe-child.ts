import { loadUnwinders, UnwinderModuleError } from '../unwinders/module/index.ts';
import { serve } from './child-loop.ts';
import { describeError } from './judged-unwinder.ts';
import type { UnwinderDescription } from './run-suite.ts';

/** The unwinders of a module, or why it has none. */
export type ModuleDescription = { readonly unwinders: readonly UnwinderDescription[] } | { readonly problem: string };

serve<null, string, null, ModuleDescription>(async () => ({
  about: null,
  async work(module) {
    try {
      const unwinders = await loadUnwinders(module);
      return { unwinders: unwinders.map(({ name, description, lacks }) => ({ name, description, lacks, module })) };
    } catch (error) {
      return { problem: error instanceof UnwinderModuleError ? error.message : describeError(error) };
    }
  },
}));
