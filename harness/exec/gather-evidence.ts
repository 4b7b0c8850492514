import { type Module, type Row, UnwindError } from '../../engine/index.ts';
import { EvidenceGatherer, type FunctionEvidence, FunctionsCfi, runTimeAddress } from '../findings/index.ts';
import type { LoadedImage } from '../loader/image.ts';
import type { Stop } from '../stop.ts';
import type { ExecFailure } from './result.ts';

/** Executes the same again where there are failures, now for what the stops in their functions show. */
export function gatherEvidence(
  failures: readonly ExecFailure[],
  image: LoadedImage,
  modules: readonly Module[],
  execute: (onStop: (stop: Stop) => void) => void,
): readonly FunctionEvidence[] {
  const functions = new FunctionsCfi(image);
  const failed = failures
    .flatMap((failure) => failure.lookups.map((one) => runTimeAddress(image, failure, one)))
    .map((address) => functions.at(address))
    .filter((cfi) => cfi !== undefined);
  if (failed.length === 0) return [];
  const gatherer = new EvidenceGatherer(image.architecture, [...new Set(failed)], (address) => rowAt(modules, address));
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
