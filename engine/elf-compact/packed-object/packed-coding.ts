import type { ByteReader } from '../../dwarf/byte-reader.ts';
import type { ByteWriter } from '../../dwarf/write/byte-writer.ts';
import { MODE_DWARF, modeOf, modeShift, personalityOf } from '../modes.ts';
import type { DescriptorCoding } from '../object-form/descriptor-coding.ts';

/** Numbers with mode 7, which descriptors in objects do not have: the low half is the one before, or all bits follow. */
const sameLow = 0o07;
const sameLowNoHigh = 0o17;
const allBits = 0o27;

/** Bits 25–0 of a low half; the mode comes behind them. */
const fieldMask = 0x03ff_ffff;
const modeBits = 3;
const modeMask = 0b111;
const mostNumber = 2 ** modeShift - 1;

/** Our own: as many bytes as the fields need, see FORMAT.md. */
export const packedCoding: DescriptorCoding = {
  letter: 'K',
  write(out, lo, hi, before) {
    if (lo === 0 && hi === 0) {
      out.uleb(0);
    } else if (lo === before.lo) {
      out.uleb(hi === 0 ? sameLowNoHigh : sameLow);
      if (hi !== 0) writeHigh(out, hi);
    } else if (lo === 0 || modeOf(lo) === MODE_DWARF || personalityOf(lo) !== 0) {
      out.uleb(allBits);
      out.u32(lo);
      out.u32(hi);
    } else {
      out.uleb(((lo & fieldMask) << modeBits) | modeOf(lo));
      writeHigh(out, hi);
    }
  },
  read(reader, descriptor) {
    // A last descriptor of 0 may be left out.
    const number = reader.position === reader.end ? 0 : readBelow(reader, mostNumber);
    if (number === sameLow || number === sameLowNoHigh) {
      descriptor.hi = number === sameLow ? readHigh(reader) : 0;
    } else if (number === allBits) {
      descriptor.lo = reader.u64();
      descriptor.hi = reader.hi;
    } else {
      const mode = number & modeMask;
      if (mode === MODE_DWARF)
        throw reader.invalid('a number of the same low half or of all bits', reader.position - 1);
      descriptor.lo = ((mode << modeShift) | (number >>> modeBits)) >>> 0;
      descriptor.hi = number === 0 ? 0 : readHigh(reader);
    }
  },
};

/** Bytes 0 and 1, each with a bit that tells whether byte 2 or 3 is there; then those. */
function writeHigh(out: ByteWriter, hi: number): void {
  const third = (hi >>> 16) & 0xff;
  const fourth = hi >>> 24;
  out.uleb(((hi & 0xff) << 1) | (third === 0 ? 0 : 1));
  out.uleb((((hi >>> 8) & 0xff) << 1) | (fourth === 0 ? 0 : 1));
  if (third !== 0) out.u8(third);
  if (fourth !== 0) out.u8(fourth);
}

function readHigh(reader: ByteReader): number {
  const first = readBelow(reader, 0x1ff);
  const second = readBelow(reader, 0x1ff);
  const third = (first & 1) === 0 ? 0 : reader.u8();
  const fourth = (second & 1) === 0 ? 0 : reader.u8();
  return ((fourth << 24) | (third << 16) | ((second >>> 1) << 8) | (first >>> 1)) >>> 0;
}

function readBelow(reader: ByteReader, most: number): number {
  const offset = reader.position;
  const number = reader.uleb();
  if (reader.hi !== 0 || number > most) throw reader.invalid(`a number of at most 0x${most.toString(16)}`, offset);
  return number;
}
