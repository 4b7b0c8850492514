import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { describe, expect, it } from 'vitest';
import { root } from './commands/plumbline.ts';

/** What each folder may import besides itself: folders of ours, and whether packages and Node.js. */
const allowed: Record<string, { readonly folders: readonly string[]; readonly packages: boolean }> = {
  engine: { folders: [], packages: false },
  generators: { folders: ['engine/architecture'], packages: false },
  harness: { folders: ['engine', 'generators', 'reports'], packages: true },
  reports: { folders: ['harness/record'], packages: true },
};

/** Whether a file, by its path in the checkout, may import a module as it names it. */
function mayImport(file: string, specifier: string): boolean {
  const folder = file.split('/')[0]!;
  const { folders, packages } = allowed[folder]!;
  if (!specifier.startsWith('.')) return packages;
  const target = normalize(join(dirname(file), specifier));
  return [folder, ...folders].some((one) => target.startsWith(`${one}/`));
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s+'([^']+)'|\bimport\('([^']+)'\)|(?:^|\n)import '([^']+)'/g;

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? match[3]!);
}

function sourcesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

describe('imports', () => {
  it.each(Object.keys(allowed))('of %s/ go only where the design allows', (folder) => {
    const sources = sourcesOf(folder);
    const imports = sources.flatMap((file) => importsOf(file).map((specifier) => ({ file, specifier })));
    expect(imports.length).toBeGreaterThan(sources.length / 2);
    expect(imports.filter(({ file, specifier }) => !mayImport(file, specifier))).toEqual([]);
  });

  it('of the model of programs share no code with the engine', () => {
    const imports = sourcesOf('harness/model').flatMap((file) =>
      importsOf(file).map((specifier) => normalize(join(dirname(file), specifier))),
    );
    expect(imports.filter((path) => path.startsWith('engine/'))).not.toEqual([]);
    expect(imports.filter((path) => path.startsWith('engine/') && !path.startsWith('engine/architecture/'))).toEqual(
      [],
    );
  });

  it.each([
    ['engine/row/a.ts', '../../harness/stop.ts'],
    ['engine/row/a.ts', '../../generators/random.ts'],
    ['engine/row/a.ts', 'node:fs'],
    ['generators/cfi/a.ts', '../../engine/dwarf/constants.ts'],
    ['generators/cfi/a.ts', '../../harness/stop.ts'],
    ['harness/cli/a.ts', '../../test/commands/plumbline.ts'],
    ['reports/json/a.ts', '../../engine/index.ts'],
    ['reports/json/a.ts', '../../harness/runner/pool.ts'],
  ])('%s may not import %s', (file, specifier) => {
    expect(mayImport(file, specifier)).toBe(false);
  });
});
