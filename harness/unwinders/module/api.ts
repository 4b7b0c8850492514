import koffi from 'koffi';
import * as engine from '../../../engine/index.ts';

/** What a module that exports a function is given: it may lie where neither package can be imported. */
export interface UnwinderApi {
  /** Everything that `plumbline-unwind` exports: ELF files, call frame information, `Walker`, `UnwindError`. */
  readonly engine: typeof engine;
  /** Calls native libraries, see https://koffi.dev. */
  readonly koffi: typeof koffi;
}

export const unwinderApi: UnwinderApi = { engine, koffi };
