import { afterEach, describe, expect, it, vi } from 'vitest';
import { StringTable } from '../../../engine/elf/string-table.ts';
import { readElf, UnwindError } from '../../../engine/index.ts';
import { pack, smallElf } from './small-elf.ts';

const text = (string: string): Uint8Array => new TextEncoder().encode(string);
const longest = 0x1_0000;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Bytes decoded so far. */
function countDecodedBytes(): () => number {
  const decode = vi.spyOn(TextDecoder.prototype, 'decode');
  return () => decode.mock.calls.reduce((sum, [bytes]) => sum + (bytes?.byteLength ?? 0), 0);
}

function failure(action: () => unknown): UnwindError {
  try {
    action();
  } catch (error) {
    if (error instanceof UnwindError) return error;
    throw error;
  }
  throw new Error('expected an UnwindError');
}

describe('a string table', () => {
  it('has strings, their ends, and the empty one', () => {
    const table = new StringTable(text('\0main\0größe\0'), '.strtab');
    expect([0, 1, 3, 6].map((offset) => table.at(offset))).toEqual(['', 'main', 'in', 'größe']);
  });

  it('decodes each string once', () => {
    const table = new StringTable(text('\0main\0'), '.strtab');
    const decoded = countDecodedBytes();
    for (let i = 0; i < 1000; i++) expect(table.at(1)).toBe('main');
    expect(decoded()).toBe(4);
  });

  it('has strings of 64 KiB and no longer ones', () => {
    const table = new StringTable(text(`${'a'.repeat(longest)}\0${'b'.repeat(longest + 1)}\0`), '.strtab');
    expect(table.at(0)).toHaveLength(longest);
    expect(failure(() => table.at(longest + 1))).toMatchObject({
      kind: 'unsupported',
      section: '.strtab',
      offset: longest + 1,
    });
    expect(table.at(longest + 2)).toHaveLength(longest);
  });

  it('has no strings behind its last NUL', () => {
    const table = new StringTable(text('\0main\0tail'), '.strtab');
    for (const offset of [6, 10, 11, 1e6]) expect(failure(() => table.at(offset)).kind).toBe('invalid');
  });

  it('does not decode every end of a long string', () => {
    const size = 60_000;
    const table = new StringTable(text(`${'a'.repeat(size)}\0`), '.strtab');
    const decoded = countDecodedBytes();
    const error = failure(() => {
      for (let offset = 0; offset < size; offset++) table.at(offset);
    });
    expect(error).toMatchObject({ kind: 'unsupported', section: '.strtab' });
    expect(decoded()).toBeLessThanOrEqual(longest + 16 * (size + 1));
    expect(decoded()).toBeGreaterThan(size);
  });
});

describe('the symbols of a file', () => {
  /** A file whose symbols have these names by offset. */
  const file = (strings: Uint8Array, offsets: readonly number[]): Uint8Array =>
    smallElf({
      type: 2,
      machine: 62,
      sections: [
        {
          name: '.symtab',
          type: 2,
          link: 2,
          entrySize: 24,
          bytes: pack(...offsets.flatMap((offset) => [[offset, 4], [0, 4], [0, 8], [0, 8]] as const)), // biome-ignore format: a symbol
        },
        { name: '.strtab', type: 3, bytes: strings },
      ],
    });

  it('share a name that many of them have', () => {
    const elf = readElf(
      file(
        text(`\0${'a'.repeat(50_000)}\0`),
        Array.from({ length: 4000 }, () => 1),
      ),
    );
    const decoded = countDecodedBytes();
    expect(elf.symbols()).toHaveLength(4000);
    expect(elf.symbols()[3999]!.name).toHaveLength(50_000);
    expect(decoded()).toBe(50_000);
  });

  it('have no names of a megabyte', () => {
    const elf = readElf(file(text(`\0${'a'.repeat(1_000_000)}\0`), [1, 2, 3]));
    const decoded = countDecodedBytes();
    expect(failure(() => elf.symbols())).toMatchObject({ kind: 'unsupported', section: '.strtab', offset: 1 });
    expect(decoded()).toBe(0);
  });
});
