import type koffi from 'koffi';
import * as engine from '../../../engine/index.ts';

/** What a module that exports a function is given: it may lie where neither package can be imported. */
export interface UnwinderApi {
  /** Everything that `plumbline-unwind` exports: ELF files, call frame information, `Walker`, `UnwindError`. */
  readonly engine: typeof engine;
  /** Calls native libraries, see https://koffi.dev. */
  readonly koffi: typeof koffi;
}

/** Loads the native library of koffi only where a module asks for it. */
export async function unwinderApi(): Promise<UnwinderApi> {
  const { default: native } = await import('koffi');
  return { engine, koffi: native };
}
