import { readFileSync } from 'node:fs';
import { type ElfFile, readElf } from '../../engine/index.ts';
import { type LoadedImage, loadImage } from '../loader/index.ts';
import type { ExecJob } from './result.ts';

/** An ELF file from disk, in the program's memory. */
export interface LoadedFile {
  /** As it is on disk. */
  readonly elf: ElfFile;
  readonly image: LoadedImage;
}

/** Reads and loads the file of a job. Throws what the file system throws, and `UnwindError` where it is unusable. */
export function loadFile({ file, bias }: Pick<ExecJob, 'file' | 'bias'>): LoadedFile {
  const bytes = Uint8Array.from(readFileSync(file));
  const options = { name: file, ...(bias !== undefined && { loadBias: BigInt(bias) }) };
  return { elf: readElf(bytes), image: loadImage(bytes, options) };
}
