import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as engine from '../../engine/index.ts';
import { smallElf } from './elf/small-elf.ts';
import { registerFile, wordWindow } from './hand-made.ts';

/** The code in the module's doc comment. */
function example(): string {
  const source = readFileSync(new URL('../../engine/index.ts', import.meta.url), 'utf8');
  const block = /```js\n(.*?)```/s.exec(source)?.[1];
  if (block === undefined) throw new Error('engine/index.ts has no example');
  return block.replaceAll(/^ \* ?/gm, '');
}

/** `f` at 0x1000 and `start` at 0x1010, whose return address is undefined. */
function program(): Uint8Array {
  const cie = [0x14, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 0, 1, 0x78, 16, 0x0c, 7, 8, 0x90, 1, 0, 0, 0, 0, 0, 0];
  const fde = (start: number, instructions: readonly [number, number]): number[] => {
    const range = [start & 0xff, start >> 8, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0];
    return [0x1c, 0, 0, 0, 0, 0, 0, 0, ...range, ...instructions, 0, 0, 0, 0, 0, 0];
  };
  return smallElf({
    type: 3,
    machine: 62,
    sections: [
      { name: '.text', type: 1, flags: 6, address: 0x1000n, bytes: new Uint8Array(32).fill(0x90) },
      // DW_CFA_nop twice for `f`; DW_CFA_undefined 16 for `start`.
      {
        name: '.debug_frame',
        type: 1,
        bytes: Uint8Array.from([...cie, ...fde(0x1000, [0, 0]), ...fde(0x1010, [7, 16])]),
      },
    ],
  });
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
    file: program(),
    loadBias,
    registers: registerFile(engine.x86_64, { rip: loadBias + 0x1004n, rsp: stackStart }),
    stackStart,
    stackBytes: new Uint8Array(view.buffer),
  };
  const lines: string[] = [];
  new Function(...Object.keys(given), code)(...Object.values(given));
  expect(lines).toEqual(['#0 0x555500001004', '#1 0x555500001014', 'root']);
});
