import { describeError } from '../describe-error.ts';
import { loadModuleFile, type ModuleFile, UnwinderModuleError } from '../unwinders/module/index.ts';
import { serve } from './child-loop.ts';
import type { UnwinderDescription } from './run-suite.ts';

/** The unwinders of a module, or why it has none. */
export type ModuleDescription = { readonly unwinders: readonly UnwinderDescription[] } | { readonly problem: string };

serve<null, ModuleFile, null, ModuleDescription>(async () => ({
  about: null,
  async work(file) {
    try {
      const unwinders = await loadModuleFile(file);
      const from = { module: file.path, ...(file.exports === 'encodings' && { isEncoding: true as const }) };
      return { unwinders: unwinders.map(({ name, description, lacks }) => ({ name, description, lacks, ...from })) };
    } catch (error) {
      return { problem: error instanceof UnwinderModuleError ? error.message : describeError(error) };
    }
  },
}));
