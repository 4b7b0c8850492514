import type { ByteReader } from '../../dwarf/byte-reader.ts';
import type { CompactAugmentation } from '../../dwarf/cie.ts';
import type { ByteWriter } from '../../dwarf/write/byte-writer.ts';
import { packedCoding } from '../packed-object/index.ts';

/** A descriptor, its low and its high half. */
export interface Descriptor {
  lo: number;
  hi: number;
}

/** How the descriptors in an FDE are written, each of them behind its distance from the one before. */
export interface DescriptorCoding {
  /** Last letter of the augmentation of the CIE. */
  readonly letter: CompactAugmentation;
  /** Writes a descriptor; `before` is the one before it in the FDE, 0 where there is none. */
  write(out: ByteWriter, lo: number, hi: number, before: Readonly<Descriptor>): void;
  /** Reads what `write` wrote; `descriptor` is the one before, and is overwritten. */
  read(reader: ByteReader, descriptor: Descriptor): void;
}

/** The published one: all 8 bytes. Where less are left, the descriptor is 0. */
export const plainCoding: DescriptorCoding = {
  letter: 'C',
  write(out, lo, hi) {
    out.u32(lo);
    out.u32(hi);
  },
  read(reader, descriptor) {
    const isWhole = reader.end - reader.position >= 8;
    descriptor.lo = isWhole ? reader.u64() : 0;
    descriptor.hi = isWhole ? reader.hi : 0;
    if (!isWhole) reader.position = reader.end;
  },
};

export function codingOf(letter: CompactAugmentation): DescriptorCoding {
  return letter === plainCoding.letter ? plainCoding : packedCoding;
}
