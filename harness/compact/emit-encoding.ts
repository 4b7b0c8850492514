import {
  buildFunctionTable,
  type ElfFile,
  type Encoding,
  openElfModule,
  readElf,
  UnwindError,
} from '../../engine/index.ts';
import type { CompactSteps } from '../record/compact.ts';
import { openCompactModule } from './compact-module.ts';
import { emitElf } from './emit-elf.ts';
import { functionRanges } from './function-ranges.ts';
import { checkSteps } from './step-check.ts';

/** A linked file anew, with its unwind sections in an encoding. Throws `UnwindError` where that cannot be. */
export function emitEncoding(file: Uint8Array, elf: ElfFile, encoding: Encoding): Uint8Array {
  const module = openCompactModule(elf);
  if (module === undefined) throw new UnwindError('missing', '.eh_frame', -1, 'expected the file to have this section');
  const { frames, source, code } = module;
  const functions = buildFunctionTable(frames, { source, code });
  const place = (address: bigint) => encoding.encode({ functions, frames, address }).sections;
  return emitElf(file, elf, { name: encoding.name, place });
}

export interface EmittedStepsOptions {
  readonly original: ElfFile;
  readonly emitted: Uint8Array;
  /** In which it was emitted. */
  readonly encoding: Encoding;
  /** Most functions to check. */
  readonly sample: number;
  readonly seed: string;
  readonly onProgress?: (done: number, of: number) => void;
}

/** Compares steps from a file with steps from what was emitted of it; both are opened as any other file is. */
export function checkEmittedSteps({ original, emitted, encoding, ...options }: EmittedStepsOptions): CompactSteps {
  const module = openCompactModule(original);
  if (module === undefined) throw new UnwindError('missing', '.eh_frame', -1, 'expected the file to have this section');
  const { frames, code } = module;
  const open = (elf: ElfFile) =>
    openElfModule(elf, { name: 'file', loadBias: 0n, lookup: 'list', encodings: [encoding] });
  const { differences, ...counts } = checkSteps({
    ...options,
    original: open(original),
    emitted: open(readElf(emitted)),
    functions: functionRanges(frames),
    base: frames.section.address,
    code,
  });
  return { ...counts, differences: differences.map(({ pc, ...texts }) => ({ pc: `0x${pc.toString(16)}`, ...texts })) };
}
