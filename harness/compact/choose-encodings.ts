import type { ArchitectureName, Encoding } from '../../engine/index.ts';
import type { CompactFile } from '../record/compact.ts';

/** The encodings for files of a kind and architecture. */
export function encodingsFor(
  all: readonly Encoding[],
  kind: CompactFile['kind'],
  architecture: ArchitectureName,
): Encoding[] {
  const wanted = kind === 'linked' ? 'linked' : 'objects';
  return all.filter(
    ({ architectures, files }) => architectures.includes(architecture) && (files ?? 'linked') === wanted,
  );
}
