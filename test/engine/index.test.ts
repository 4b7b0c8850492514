import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as engine from '../../engine/index.ts';
import { registerFile, wordWindow } from './hand-made.ts';
import { smallProgram } from './small-program.ts';

/** The code in the module's doc comment. */
function example(): string {
  const source = readFileSync(new URL('../../engine/index.ts', import.meta.url), 'utf8');
  const block = /```js\n(.*?)```/s.exec(source)?.[1];
  if (block === undefined) throw new Error('engine/index.ts has no example');
  return block.replaceAll(/^ \* ?/gm, '');
}

test('the example of the public face runs and shows the stack', () => {
  const code = example().replace(/import (\{.*?\}) from 'plumbline-unwind';/s, 'const $1 = engine;');
  expect(code).not.toContain('import');
  const loadBias = 0x5555_0000_0000n;
  const stackStart = 0x7fff_0000n;
  const { view } = wordWindow([[stackStart, loadBias + 0x1014n]]);
  const given = {
    engine,
    console: { log: (line: string) => lines.push(line) },
    file: smallProgram(),
    loadBias,
    registers: registerFile(engine.x86_64, { rip: loadBias + 0x1004n, rsp: stackStart }),
    stackStart,
    stackBytes: new Uint8Array(view.buffer),
  };
  const lines: string[] = [];
  new Function(...Object.keys(given), code)(...Object.values(given));
  expect(lines).toEqual(['#0 0x555500001004', '#1 0x555500001014', 'root']);
});
