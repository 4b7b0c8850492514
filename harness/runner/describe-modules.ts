import { fileURLToPath } from 'node:url';
import type { ModuleFile } from '../unwinders/module/index.ts';
import { UnwinderModuleError } from '../unwinders/module/module-error.ts';
import type { ModuleDescription } from './describe-child.ts';
import { runInChildren } from './pool.ts';
import type { UnwinderDescription } from './run-suite.ts';

/** Milliseconds a module may take to load. */
const patience = 20_000;

/**
 * The unwinders that files export, loaded in a child process: whatever a module does to it, this process lives on.
 * Throws `UnwinderModuleError` where one cannot be loaded.
 */
export async function describeModules(files: readonly ModuleFile[]): Promise<UnwinderDescription[]> {
  const descriptions: ModuleDescription[] = [];
  const module = fileURLToPath(new URL('describe-child.js', import.meta.url));
  await runInChildren<null, ModuleFile, null, ModuleDescription>(
    { module, children: 1, settings: null, backstop: patience },
    files,
    (number, outcome) => {
      descriptions[number] =
        'died' in outcome ? { problem: `${files[number]!.path}: ${death(outcome.died)}` } : outcome.result;
    },
  );
  return descriptions.flatMap((description) => {
    if ('problem' in description) throw new UnwinderModuleError(description.problem);
    return description.unwinders;
  });
}

function death(how: string): string {
  if (how === 'hang') return `cannot be loaded: not ready after ${patience / 1000} s`;
  return `cannot be loaded: it ends its process (${how})`;
}
