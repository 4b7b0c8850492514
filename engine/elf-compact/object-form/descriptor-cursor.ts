import { ByteReader } from '../../dwarf/byte-reader.ts';
import type { Fde } from '../../dwarf/fde.ts';
import type { FrameSection } from '../../dwarf/index.ts';
import { codingOf, type Descriptor, type DescriptorCoding, plainCoding } from './descriptor-coding.ts';

/**
 * Goes through the descriptors of FDEs with the augmentation `C` or `K`, each behind a ULEB128 number. That is one more than
 * the distance from the last descriptor's address, or from the function's, so that a 0 is padding and ends them. One cursor
 * serves any number of FDEs.
 */
export class DescriptorCursor implements Descriptor {
  readonly #reader: ByteReader;
  /** Where the descriptor at hand begins, bytes from the function's start; at most `size`. */
  start = 0;
  lo = 0;
  hi = 0;
  /** Bytes of the function. */
  size = 0;
  #coding: DescriptorCoding = plainCoding;

  constructor(section: FrameSection) {
    this.#reader = new ByteReader(section.section.bytes, section.kind);
  }

  /** Goes to an FDE, before its first descriptor. Throws `UnwindError` where its function has 4 GiB or more. */
  open(fde: Fde): void {
    const borrow = fde.endLo < fde.startLo ? 1 : 0;
    if (fde.endHi - fde.startHi - borrow !== 0) throw this.#reader.invalid('a function below 4 GiB', fde.offset);
    this.size = (fde.endLo - fde.startLo) >>> 0;
    this.start = 0;
    this.lo = 0;
    this.hi = 0;
    this.#coding = codingOf(fde.cie!.compact ?? plainCoding.letter);
    this.#reader.window(fde.instructionsStart, fde.instructionsEnd);
  }

  /** Goes to the next descriptor; false where there is none. Throws `UnwindError` where it lies behind the function. */
  next(): boolean {
    const reader = this.#reader;
    const offset = reader.position;
    if (offset === reader.end) return false;
    const skip = reader.uleb();
    if (skip === 0 && reader.hi === 0) {
      reader.position = reader.end;
      return false;
    }
    this.start += skip - 1;
    if (reader.hi !== 0 || this.start > this.size) throw reader.invalid('a descriptor in the function', offset);
    this.#coding.read(reader, this);
    return true;
  }
}
