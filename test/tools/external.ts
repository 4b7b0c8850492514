import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Those of the named programs that are not installed here. */
export function missingTools(...names: readonly string[]): string[] {
  return names.filter((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status !== 0);
}

/** Runs a body with a folder of its own that is removed afterwards. */
export function inTemporaryFolder<T>(body: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  let result: T;
  try {
    result = body(folder);
  } catch (error) {
    remove();
    throw error;
  }
  if (result instanceof Promise) return result.finally(remove) as T;
  remove();
  return result;
}

/** What a command line makes of one source file: `{in}` and `{out}` in the arguments stand for the two paths. */
export function built(command: string, args: readonly string[], sourceName: string, source: string): Uint8Array {
  return inTemporaryFolder((folder) => {
    const [from, to] = [join(folder, sourceName), join(folder, 'out')];
    writeFileSync(from, source);
    execFileSync(
      command,
      args.map((argument) => argument.replace('{in}', from).replace('{out}', to)),
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    return Uint8Array.from(readFileSync(to));
  });
}
