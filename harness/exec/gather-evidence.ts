import { type Module, type Row, UnwindError } from '../../engine/index.ts';
import {
  EvidenceGatherer,
  type FunctionCfi,
  type FunctionEvidence,
  type FunctionsCfi,
  runTimeAddress,
} from '../findings/index.ts';
import type { LoadedImage } from '../loader/image.ts';
import type { Stop } from '../stop.ts';
import type { ExecFailure } from './result.ts';

/** The functions whose rows failed, each once, in the order of the failures; those without any row are none. */
export function failedFunctions(
  failures: readonly ExecFailure[],
  image: LoadedImage,
  functions: FunctionsCfi,
): FunctionCfi[] {
  const failed = failures
    .flatMap((failure) => failure.lookups.map((one) => runTimeAddress(image, failure, one)))
    .map((address) => functions.at(address))
    .filter((cfi) => cfi !== undefined);
  return [...new Set(failed)];
}

/** Executes the same again, now for what the stops in the functions that failed show. */
export function gatherEvidence(
  failed: readonly FunctionCfi[],
  image: LoadedImage,
  modules: readonly Module[],
  execute: (onStop: (stop: Stop) => void) => void,
): readonly FunctionEvidence[] {
  if (failed.length === 0) return [];
  const gatherer = new EvidenceGatherer(image.architecture, failed, (address) => rowAt(modules, address));
  execute((stop) => gatherer.add(stop));
  return gatherer.evidence;
}

function rowAt(modules: readonly Module[], address: bigint): Row | undefined {
  for (const module of modules) {
    try {
      const row = module.rowAt(address);
      if (row !== undefined) return row;
    } catch (error) {
      if (!(error instanceof UnwindError)) throw error;
    }
  }
  return undefined;
}
