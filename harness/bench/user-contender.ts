import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { Contender } from './bench-stack.ts';
import { contenders } from './contenders/registry.ts';
import { capturePath } from './parts/paths.ts';

/** The module a user named cannot be used: why. */
export class UnwinderModuleError extends Error {
  override readonly name = 'UnwinderModuleError';
}

const contender = z.object({
  name: z.string().regex(/^[\w.-]+$/),
  description: z.string().default(''),
  finds: z.enum(['registers', 'addresses']),
  open: z.custom<Contender['open']>((value) => typeof value === 'function', 'expected a function'),
});

/** Loads a user's unwinder: the default export of a JavaScript module, a `Contender`. */
export async function loadContender(file: string): Promise<Contender> {
  if (!existsSync(file)) throw new UnwinderModuleError(`cannot load ${file}: it does not exist`);
  let exported: unknown;
  try {
    const loaded: { default?: unknown } = await import(pathToFileURL(resolve(file)).href);
    exported = loaded.default;
  } catch (error) {
    throw new UnwinderModuleError(`cannot load ${file}: ${error instanceof Error ? error.message : error}`);
  }
  const parsed = contender.safeParse(exported);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const where = issue.path.length === 0 ? 'default export' : `default export's ${issue.path.join('.')}`;
    throw new UnwinderModuleError(`${file}: ${where}: ${issue.message}`);
  }
  const { name, description, finds } = parsed.data;
  if ([...contenders, capturePath].some((own) => own.name === name)) {
    throw new UnwinderModuleError(`${file}: ${name} is the name of a built-in path`);
  }
  // Called on the object that was exported, so that a class instance works, too.
  const original = exported as Contender;
  return { name, description, finds, open: (stack) => original.open(stack) };
}
