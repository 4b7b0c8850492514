import { ET_DYN, ET_EXEC, ET_REL, readElf, UnwindError } from '../../engine/index.ts';
import type { LoadedImage } from './image.ts';
import { loadExecutable } from './load-executable.ts';
import { loadObject } from './load-object.ts';
import { pageSize } from './pages.ts';

export interface LoadOptions {
  /** How the module is called in messages and reports. */
  readonly name: string;
  /**
   * Added to every address of the file, a multiple of the page size; for an object file, the address its sections are
   * laid out from. Where it is not given: 0 for `ET_EXEC`, 0x5555_5555_4000 for `ET_DYN` (where Linux puts it without
   * randomisation) and 0x40_0000 for `ET_REL`.
   */
  readonly loadBias?: bigint;
  /**
   * It is entered at its own entry point and relocates itself, as static position-independent programs do: what must not
   * be done twice is left to it.
   */
  readonly relocatesItself?: boolean;
}

/**
 * Puts an ELF file into memory as the kernel and the dynamic loader would, and object files as a static linker would.
 * Throws `UnwindError` naming what is wrong with the file: sizes, overlaps, relocations, undefined symbols.
 */
export function loadImage(bytes: Uint8Array, options: LoadOptions): LoadedImage {
  const elf = readElf(bytes);
  const { name, loadBias, relocatesItself = false } = options;
  if (loadBias !== undefined && (loadBias < 0n || loadBias >= 2n ** 64n || loadBias % pageSize !== 0n)) {
    throw new UnwindError('invalid', name, -1, `the load bias must be a 64-bit multiple of 0x${pageSize.toString(16)}`);
  }
  switch (elf.type) {
    case ET_REL:
      return loadObject(elf, bytes, name, loadBias ?? 0x40_0000n);
    case ET_EXEC:
      return loadExecutable(elf, bytes, name, loadBias ?? 0n, relocatesItself);
    case ET_DYN:
      return loadExecutable(elf, bytes, name, loadBias ?? 0x5555_5555_4000n, relocatesItself);
    default:
      throw new UnwindError('unsupported', name, 16, `e_type must be ET_REL, ET_EXEC or ET_DYN, not ${elf.type}`);
  }
}
