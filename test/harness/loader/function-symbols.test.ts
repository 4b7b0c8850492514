import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FunctionSymbols, loadImage } from '../../../harness/loader/index.ts';
import { fixturesFolder } from '../../fixtures/manifest.ts';
import { missingTools } from '../../tools/external.ts';

function symbolsOf(path: string, loadBias?: bigint): FunctionSymbols {
  const bytes = Uint8Array.from(readFileSync(new URL(`binaries/${path}`, fixturesFolder)));
  return new FunctionSymbols(loadImage(bytes, loadBias === undefined ? { name: path } : { name: path, loadBias }));
}

describe('FunctionSymbols', () => {
  it('finds functions by name and by any address in them', () => {
    const symbols = symbolsOf('x86-64/recursion-gcc12-O2');
    const main = symbols.byName('main');
    expect(symbols.at(main.address)).toEqual(main);
    expect(symbols.at(main.address + main.size - 1n)).toEqual(main);
    expect(symbols.at(main.address + main.size)?.name).not.toBe('main');
    expect(symbols.at(0n)).toBeUndefined();
  });

  it('moves them with the file', () => {
    const bias = 0xffff_ff80_0000_0000n;
    const linked = symbolsOf('aarch64/sorting-gcc12-O2-pie', 0n).byName('main');
    const loaded = symbolsOf('aarch64/sorting-gcc12-O2-pie', bias).byName('main');
    expect(loaded.address).toBe(linked.address + bias);
  });

  it('has the laid out addresses of an object file', () => {
    const base = 0x70_0000n;
    const main = symbolsOf('x86-64/recursion-gcc12-O2-object.o', base).byName('main');
    expect(main.address >= base && main.address < base + 0x10000n).toBe(true);
  });

  it.skipIf(missingTools('as', 'ld').length > 0)(
    'end with their section where they have no size (needs as, ld)',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'plumbline-symbols-'));
      const source = '.globl _start\n_start: nop\nnop\n.section .other, "ax", @progbits\nnop\nlast: nop\n';
      execFileSync('as', ['--64', '-o', join(folder, 'a.o'), '-'], { input: source });
      execFileSync('ld', ['-m', 'elf_x86_64', '-o', join(folder, 'a'), join(folder, 'a.o')]);
      const image = loadImage(Uint8Array.from(readFileSync(join(folder, 'a'))), { name: 'a' });
      const symbols = new FunctionSymbols(image);
      const { address } = symbols.byName('_start');
      const other = image.modules[0]!.elf.section('.other')!.address;
      expect([address, address + 1n, address + 2n].map((at) => symbols.at(at)?.name)).toEqual([
        '_start',
        '_start',
        undefined,
      ]);
      expect([other, other + 1n].map((at) => symbols.at(at)?.name)).toEqual([undefined, 'last']);
    },
  );

  it('names some of the functions there are where one is asked for that there is not', () => {
    expect(() => symbolsOf('x86-64/recursion-gcc12-O2').byName('no')).toThrow(/no function 'no'; there are .*main/);
  });
});
