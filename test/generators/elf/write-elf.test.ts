import { describe, expect, test } from 'vitest';
import { type ElfSection, writeElf } from '../../../generators/elf/index.ts';

const section = (name: string, address: bigint, size: number, access: ElfSection['access']): ElfSection => ({
  name,
  address,
  bytes: new Uint8Array(size).fill(0xaa),
  access,
  alignment: 16,
});
const write = (...sections: ElfSection[]) =>
  writeElf({ architecture: 'x86-64', type: 'executable', entry: 0x401000n, sections, symbols: [] });

/** Type, flags, offset, address and size of each program header. */
function programHeaders(file: Uint8Array): (number | bigint)[][] {
  const view = new DataView(file.buffer);
  return Array.from({ length: view.getUint16(0x38, true) }, (_, i) => {
    const at = 64 + 56 * i;
    const word = (offset: number) => view.getBigUint64(at + offset, true);
    return [view.getUint32(at, true), view.getUint32(at + 4, true), word(8), word(16), word(32)];
  });
}

describe('writeElf()', () => {
  test('puts neighbours with the same access into one segment, with the gap between them', () => {
    const file = write(
      section('.text', 0x401000n, 0x10, 'rx'),
      section('.rodata', 0x402008n, 5, 'r'),
      section('.more', 0x402010n, 4, 'r'),
      section('.data', 0x403ff0n, 0x20, 'rw'),
    );
    expect(programHeaders(file).slice(0, -1)).toEqual([
      [1, 5, 0x1000n, 0x401000n, 0x10n],
      [1, 4, 0x2008n, 0x402008n, 12n],
      [1, 6, 0x2ff0n, 0x403ff0n, 0x20n],
    ]);
    expect(Array.from(file.subarray(0x2008, 0x2014), (byte) => (byte === 0xaa ? 1 : byte))).toEqual([
      ...[1, 1, 1, 1, 1, 0, 0, 0],
      ...[1, 1, 1, 1],
    ]);
  });

  test('points to a search table and asks for a stack that cannot be executed', () => {
    const headers = programHeaders(
      write(section('.text', 0x401000n, 1, 'rx'), section('.eh_frame_hdr', 0x402010n, 12, 'r')),
    );
    expect(headers.slice(2)).toEqual([
      [0x6474e550, 4, 0x1010n, 0x402010n, 12n],
      [0x6474e551, 6, 0n, 0n, 0n],
    ]);
  });

  test.each([
    ['overlap', [section('.text', 0x401000n, 0x20, 'rx'), section('.init', 0x401010n, 8, 'rx')]],
    [
      'share a page with another access',
      [section('.text', 0x401000n, 0x20, 'rx'), section('.data', 0x401800n, 8, 'rw')],
    ],
    ['are out of order', [section('.text', 0x402000n, 0x20, 'rx'), section('.rodata', 0x401000n, 8, 'r')]],
  ] as const)('refuses sections that %s', (_, sections) => {
    expect(() => write(...sections)).toThrow(Error);
  });
});
