import { UnwindError } from '../errors.ts';
import type { Memory } from '../memory.ts';
import type { ByteReader } from './byte-reader.ts';
import type { Cie } from './cie.ts';
import { DW_EH_PE_omit } from './constants.ts';
import {
  type Base,
  EncodedPointer,
  followPointer,
  type PointerBases,
  readEncodedPointer,
  readEncodedValue,
} from './pointer-encoding.ts';

/** A frame description entry (DWARF 5, section 6.4.1); one object is reused for many. */
export class Fde {
  offset = 0;
  cie: Cie | undefined;
  /** Addresses it covers: from `start` on, up to but without `end`. */
  startLo = 0;
  startHi = 0;
  endLo = 0;
  endHi = 0;
  /** Address of the language-specific data area, not followed where indirect. */
  readonly lsda = new EncodedPointer();
  instructionsStart = 0;
  instructionsEnd = 0;

  covers(lo: number, hi: number): boolean {
    return (
      (hi > this.startHi || (hi === this.startHi && lo >= this.startLo)) &&
      (hi < this.endHi || (hi === this.endHi && lo < this.endLo))
    );
  }

  isEmpty(): boolean {
    return this.startLo === this.endLo && this.startHi === this.endHi;
  }
}

const initialLocation = new EncodedPointer();
const functionBase: Base = { lo: 0, hi: 0 };

/**
 * Reads the content of an FDE from the reader's position (behind the CIE pointer) to its end. `memory` is read where
 * the address of the function is encoded as indirect.
 */
export function readFde(
  reader: ByteReader,
  cie: Cie,
  bases: PointerBases,
  memory: Memory | undefined,
  offset: number,
  fde: Fde,
): void {
  fde.offset = offset;
  fde.cie = cie;
  const { fdeEncoding, addressSize } = cie;
  const startOffset = reader.position;
  if (fdeEncoding === DW_EH_PE_omit) throw reader.invalid('FDEs with an address', startOffset);
  readEncodedPointer(reader, fdeEncoding, addressSize, bases, undefined, initialLocation);
  if (initialLocation.indirect) {
    if (memory === undefined) {
      const expectation = 'expected memory to follow an indirect function address';
      throw new UnwindError('unsupported', reader.section, startOffset, expectation);
    }
    followPointer(initialLocation, memory, reader.section, startOffset);
  }
  fde.startLo = initialLocation.lo;
  fde.startHi = initialLocation.hi;
  // The range has the address's format, but neither its base nor its sign.
  const rangeLo = readEncodedValue(reader, fdeEncoding, addressSize, true);
  const endLo = fde.startLo + rangeLo;
  const endHi = fde.startHi + reader.hi + (endLo > 0xffffffff ? 1 : 0);
  if (endHi > 0xffffffff) throw reader.invalid('a function that ends in the address space', startOffset);
  fde.endLo = endLo >>> 0;
  fde.endHi = endHi;
  fde.lsda.present = false;
  const entryEnd = reader.end;
  if (cie.augmentationData) {
    const length = reader.uleb();
    const start = reader.skip(length, reader.hi);
    const dataEnd = start + length;
    if (cie.lsdaEncoding !== DW_EH_PE_omit && length !== 0) {
      reader.window(start, dataEnd);
      functionBase.lo = fde.startLo;
      functionBase.hi = fde.startHi;
      readEncodedPointer(reader, cie.lsdaEncoding, addressSize, bases, functionBase, fde.lsda);
      reader.window(dataEnd, entryEnd);
    }
  }
  fde.instructionsStart = reader.position;
  fde.instructionsEnd = entryEnd;
}
