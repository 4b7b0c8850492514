import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../generators/random.ts';
import { syntheticModule, syntheticStack } from '../../../harness/bench/stack/synthetic-module.ts';
import { loadContender, UnwinderModuleError } from '../../../harness/bench/user-contender.ts';
import { verify } from '../../../harness/bench/verify.ts';
import { root } from '../../commands/plumbline.ts';
import { inTemporaryFolder } from '../../tools/external.ts';

const stack = syntheticStack(syntheticModule('test', { functions: 56, saved: (i) => i % 7 }), new Random('1'));

/** Loads a module with the given source. */
function load(source: string) {
  return inTemporaryFolder((folder) => {
    const file = join(folder, 'own.mjs');
    writeFileSync(file, source);
    return loadContender(file);
  });
}

describe('loadContender()', () => {
  it('loads the documented example, which finds the frames built', async () => {
    const own = await loadContender(join(root, 'test', 'bench', 'frame-records.js'));
    expect(own).toMatchObject({ name: 'frame-records', finds: 'addresses' });
    expect(() => verify(own, own.open(stack), stack)).not.toThrow();
  });

  it('calls open on the object that was exported', async () => {
    const own = await load(`
      class Own {
        name = 'own';
        finds = 'addresses';
        depth = 0;
        open(stack) { this.depth = stack.depth; return { walk: () => this.depth, record() {} }; }
      }
      export default new Own();
    `);
    expect(own.open(stack).walk()).toBe(stack.depth);
  });

  it.each([
    ['export const x = 1;', /default export: /],
    ['export default { name: "own", finds: "registers" };', /default export's open: expected a function/],
    ['export default { name: "own", finds: "all", open() {} };', /default export's finds: /],
    ['export default { name: "a b", finds: "registers", open() {} };', /default export's name: /],
    ['export default { name: "cached", finds: "registers", open() {} };', /cached is the name of a built-in path/],
    [
      'export default { name: "capture-32", finds: "addresses", open() {} };',
      /capture-32 is the name of a built-in path/,
    ],
    ['throw new Error("broken");', /cannot load .*own\.mjs: broken/],
  ])('refuses %s', async (source, message) => {
    const loading = load(source);
    await expect(loading).rejects.toThrow(UnwinderModuleError);
    await expect(loading).rejects.toThrow(message);
  });

  it('refuses a file that is not there', async () => {
    await expect(loadContender('/no/such/module.js')).rejects.toThrow(
      /cannot load \/no\/such\/module\.js: it does not exist/,
    );
  });
});
