import type { Encoding } from '../../../engine/index.ts';
import { encodedUnwinder } from '../encoded.ts';
import type { Unwinder } from '../unwinder.ts';
import { encodingProblem } from './encoding-shape.ts';
import { type Exports, loadExports } from './load-exports.ts';
import { shapeProblem } from './shape.ts';

/** What the default export of a module of unwinders may be, and of one of encodings. */
export type UnwinderModule = Exports<Unwinder>;
export type EncodingModule = Exports<Encoding>;

/** A file that unwinders come from. */
export interface ModuleFile {
  readonly path: string;
  /** Of encodings, which the engine unwinds from. */
  readonly exports: 'unwinders' | 'encodings';
}

/**
 * The unwinders a module exports by default. The module is trusted code: it runs in this process. Throws
 * `UnwinderModuleError` where it cannot be loaded or exports something else.
 */
export async function loadUnwinders(path: string): Promise<Unwinder[]> {
  return loadExports<Unwinder>(path, { noun: 'unwinder', problem: shapeProblem });
}

/** The encodings a module exports by default, likewise. */
export async function loadEncodings(path: string): Promise<Encoding[]> {
  return loadExports<Encoding>(path, { noun: 'encoding', problem: encodingProblem });
}

/** The unwinders of a file, or the engine with its encodings. */
export async function loadModuleFile({ path, exports }: ModuleFile): Promise<Unwinder[]> {
  if (exports === 'unwinders') return loadUnwinders(path);
  return (await loadEncodings(path)).map((encoding) => encodedUnwinder(encoding));
}
