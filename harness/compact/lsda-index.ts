import type { DescriptorIndex, DescriptorRange } from '../../engine/elf-compact/linked-form.ts';
import { personalityOf } from '../../engine/elf-compact/modes.ts';
import { version as pagedVersion } from '../../engine/elf-compact/paged/constants.ts';
import { PagedIndex } from '../../engine/elf-compact/paged/index.ts';
import { streamVersion } from '../../engine/elf-compact/stream/constants.ts';
import { StreamIndex } from '../../engine/elf-compact/stream/read.ts';

/** An LSDA and a personality routine (or, where `indirect`, where a pointer to it is), counted from the header. */
export interface LsdaPair {
  readonly lsda: number;
  readonly personality: number;
  readonly indirect: boolean;
}

/** A compact `.eh_frame_hdr` that also leads to LSDAs. */
export interface LsdaIndex {
  readonly descriptors: DescriptorIndex;
  /** What a function has at an address whose descriptor was just found; undefined where it has none. */
  find(address: number, range: DescriptorRange): LsdaPair | undefined;
}

/** Opens a compact header of either form; undefined where it is of another. */
export function openLsdaIndex(bytes: Uint8Array): LsdaIndex | undefined {
  if (bytes[0] === pagedVersion) return openPaged(new PagedIndex(bytes));
  return bytes[0] === streamVersion ? openStream(new StreamIndex(bytes)) : undefined;
}

function openPaged(index: PagedIndex): LsdaIndex {
  const entry = { function: 0, lsda: 0 };
  return {
    descriptors: index,
    find(address, { lo }) {
      const number = personalityOf(lo);
      if (number === 0 || !index.findLsda(address, entry)) return undefined;
      return pair(entry.lsda, index.personality(number));
    },
  };
}

function openStream(index: StreamIndex): LsdaIndex {
  const record = { start: 0, end: 0, lsda: 0, personality: 0 };
  return {
    descriptors: index,
    find: (address) =>
      index.findLsda(address, record) ? pair(record.lsda, index.personalities[record.personality] ?? 0) : undefined,
  };
}

function pair(lsda: number, personality: number): LsdaPair {
  return { lsda, personality: personality & ~1, indirect: (personality & 1) !== 0 };
}
