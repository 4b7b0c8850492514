import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FunctionSymbols, loadImage } from '../../../harness/loader/index.ts';
import { fixturesFolder } from '../../fixtures/manifest.ts';

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

  it('names some of the functions there are where one is asked for that there is not', () => {
    expect(() => symbolsOf('x86-64/recursion-gcc12-O2').byName('no')).toThrow(/no function 'no'; there are .*main/);
  });
});
