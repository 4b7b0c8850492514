import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { FrameHeader, readElf, UnwindError } from '../../../engine/index.ts';
import { Random } from '../../../generators/random.ts';
import type { BenchModule } from '../bench-stack.ts';
import { missingSavedCounts } from './choose-sites.ts';

/** A library with the number of its functions. */
export interface Library {
  readonly file: string;
  readonly module: BenchModule;
  readonly functions: number;
}

/** It cannot serve: why. */
export class LibraryError extends Error {
  override readonly name = 'LibraryError';
}

const loadBias = 0x7f00_0000_0000n;

/**
 * Opens an x86-64 library with `.text`, `.eh_frame`, a search table and calls in frames of every usual kind: a stack
 * made of a few functions would measure nothing but those. Throws `LibraryError` for any other file.
 */
export function openLibrary(file: string): Library {
  const library = readLibrary(file);
  const missing = missingSavedCounts(library.module, new Random('usual frames'));
  if (missing.length > 0) {
    const counts = missing.join(', ');
    throw new LibraryError(
      `${file}: expected calls in frames found from RSP that save 0 to 6 registers, none saves ${counts}`,
    );
  }
  return library;
}

/** The same without looking at its calls: no code of the engine has run when it is there. */
export function readLibrary(file: string): Library {
  try {
    const elf = readElf(readFileSync(file));
    if (elf.architecture.name !== 'x86-64')
      throw new LibraryError(`${file}: expected x86-64, found ${elf.architecture.name}`);
    for (const name of ['.text', '.eh_frame', '.eh_frame_hdr']) {
      if (elf.section(name) === undefined) throw new LibraryError(`${file}: expected a section ${name}`);
    }
    const header = elf.section('.eh_frame_hdr')!;
    const functions = new FrameHeader({ address: header.address, bytes: header.bytes }).count;
    if (functions === 0) throw new LibraryError(`${file}: expected a table in .eh_frame_hdr`);
    return { file, module: { name: basename(file), elf, loadBias }, functions };
  } catch (error) {
    if (error instanceof UnwindError || (error instanceof Error && 'code' in error)) {
      throw new LibraryError(`${file}: ${error.message}`);
    }
    throw error;
  }
}
