import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { main as Main } from '../../harness/cli/main.ts';
import { temporaryFolder } from './plumbline.ts';

const checkout = { folder: '' };
const packageModule = '../../harness/package-folder.ts';
let main: typeof Main;

// Other tests of this process have loaded these modules, or will, and must have them as they are.
beforeAll(async () => {
  vi.resetModules();
  vi.doMock(packageModule, () => ({ packageFolder: () => checkout.folder, packageVersion: () => '0.0.0' }));
  ({ main } = await import('../../harness/cli/main.ts'));
});
afterAll(() => {
  vi.doUnmock(packageModule);
  vi.resetModules();
});

const patch = [
  'Title: A test\nSeen-In: nowhere\nCaught-By: prologue/store\n',
  '--- a/engine/walker.ts\n+++ b/engine/walker.ts\n@@ -1 +1 @@\n-not there\n+neither\n',
].join('\n');

/** Makes a checkout with these files, and runs the command there; it must not come to the emulator. */
async function power(files: Readonly<Record<string, string>>, ...args: string[]) {
  const folder = temporaryFolder();
  checkout.folder = folder;
  const all = { 'test/defects/01-test.patch': patch, 'test/defects/left-out.json': '[]', ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  const provideUnicorn = vi.fn(() => {
    throw new Error('nothing was found wrong');
  });
  const status = await main(['power', ...args], { provideUnicorn });
  expect(provideUnicorn).not.toHaveBeenCalled();
  return { status, said: said.mock.calls.flat().join('\n'), folder };
}

describe('plumbline power', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([
    ['test/defects/left-out.json', '[{', ['--defects']],
    ['test/defects/left-out.json', '[{ "number": 1 }]', []],
    ['test/mutation/score.json', '{', ['--engine']],
    ['test/mutation/score.json', '{ "schema": "plumbline-mutation/0" }', []],
  ])('says in a line that %s is malformed (%s)', async (path, text, args) => {
    const { status, said, folder } = await power({ [path]: text }, ...args);
    expect(status).toBe(2);
    expect(said.startsWith(`plumbline: ${join(folder, path)}: `)).toBe(true);
  });

  it('says which patch is malformed', async () => {
    const { status, said } = await power({ 'test/defects/02-none.patch': 'Title: A test\n' }, '--defects');
    expect(status).toBe(2);
    expect(said).toMatch(/^plumbline: 02-none\.patch: /);
  });

  it('refuses numbers of defects that there are not, and names each that there is once', async () => {
    const { status, said } = await power({ 'test/defects/01-again.patch': patch }, '--defect', '7');
    expect(status).toBe(2);
    expect(said).toBe('plumbline: there is no defect 7; there are 1');
  });
});
