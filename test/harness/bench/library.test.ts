import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LibraryError, openLibrary } from '../../../harness/bench/stack/library.ts';
import { usualLibraries } from '../../../harness/bench/stack/usual-libraries.ts';
import { smallProgram } from '../runner/small-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-library-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(bytes: Uint8Array | string): string {
  const file = join(folder, 'library');
  writeFileSync(file, bytes);
  return file;
}

describe('openLibrary()', () => {
  it('refuses a file in which some count of saved registers does not occur: its stack would be of few functions', () => {
    const open = () => openLibrary(fileOf(smallProgram().image));
    expect(open).toThrow(LibraryError);
    expect(open).toThrow(/expected calls in frames .* none saves \d(, \d)*$/);
  });

  it('refuses what is no ELF file, and a file that is not there', () => {
    for (const [file, message] of [
      [fileOf('text'), /library: /],
      [join(folder, 'missing'), /missing: ENOENT/],
    ] as const) {
      expect(() => openLibrary(file)).toThrow(LibraryError);
      expect(() => openLibrary(file)).toThrow(message);
    }
  });

  it('opens one of the usual libraries', (context) => {
    const usual = usualLibraries();
    if (usual.length === 0) context.skip('no libstdc++ is loaded in this process');
    const library = openLibrary(usual.at(-1)!);
    expect(library.functions).toBeGreaterThan(1000);
  });
});
