import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addLow12, adrp, registers } from '../../../../generators/encoder/aarch64/index.ts';
import { encoderCases } from './cases.ts';
import { place, word } from './place.ts';

const tools = ['aarch64-linux-gnu-as', 'aarch64-linux-gnu-ld', 'aarch64-linux-gnu-objcopy'];
const missing = tools.filter((tool) => spawnSync(tool, ['--version']).status !== 0);

/** The bytes GNU as and ld make of a source, its text at `address`. */
function assemble(source: string, address: bigint, linkOptions: readonly string[] = []): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'encoder-'));
  try {
    const [text, object, linked, binary] = ['in.s', 'in.o', 'linked', 'out.bin'].map((name) => join(directory, name));
    writeFileSync(text!, source);
    execFileSync(tools[0]!, ['-march=armv8.5-a+sve', '-o', object!, text!]);
    execFileSync(tools[1]!, [`-Ttext=0x${address.toString(16)}`, ...linkOptions, '-e', '0', '-o', linked!, object!]);
    execFileSync(tools[2]!, ['-O', 'binary', '-j', '.text', linked!, binary!]);
    return Uint8Array.from(readFileSync(binary!));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe.skipIf(missing.length > 0)(`AArch64 encoder against GNU as (needs ${tools.join(', ')})`, () => {
  it('encodes every case byte for byte as the assembler does', () => {
    const base = 0x400000n;
    const source = `.text\n${encoderCases.map(({ text }) => text).join('\n')}\n`;
    const expected = assemble(source, base);
    expect(expected.length).toBe(encoderCases.length * 4);
    const wrong = encoderCases.flatMap(({ text, instruction, distance }, i) => {
      const actual = hex(place(instruction, base + BigInt(i * 4), distance));
      const want = hex(expected.subarray(i * 4, i * 4 + 4));
      return actual === want ? [] : [`${text}: ${actual}, GNU as ${want}`];
    });
    expect(wrong).toEqual([]);
    expect(encoderCases.length).toBeGreaterThan(4000);
  });

  it('reaches a label by page and offset as the linker does', () => {
    const address = 0x7ff8n;
    for (const target of [0x0n, 0x7fffn, 0x8000n, 0x12345678n, 0xffff_f000n]) {
      const source = '.text\nadrp x17, there\nadd x16, x17, :lo12:there\n';
      const expected = new DataView(assemble(source, address, [`--defsym=there=${target}`]).buffer);
      const page = word(adrp(registers.x17, 'there'), address, Number(target - address));
      const low = word(addLow12(registers.x16, registers.x17, 'there'), address + 4n, Number(target - address - 4n));
      expect([page, low]).toEqual([expected.getUint32(0, true), expected.getUint32(4, true)]);
    }
  });
});
